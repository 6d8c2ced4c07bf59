// What a page needs to know of a session: nothing. The browser sends the cookie, and the door does the rest.

const show = (id) => {
  document.getElementById(id).hidden = false;
};

function showAccount({ name, iban, balance, currency }) {
  const row = document.createElement('li');
  const what = document.createElement('span');
  const number = document.createElement('small');
  const amount = document.createElement('span');
  what.textContent = name ?? 'Account';
  number.textContent = iban.replace(/(.{4})(?=.)/g, '$1 ');
  amount.className = 'balance';
  amount.textContent = new Intl.NumberFormat('en', { style: 'currency', currency }).format(balance);
  what.append(number);
  row.append(what, amount);
  document.getElementById('accounts').append(row);
}

async function start() {
  const me = await fetch('/v1/users/me');
  if (me.status === 401) return show('stranger');
  const accounts = await fetch('/v1/accounts');
  if (!me.ok || !accounts.ok) throw new Error('the bank does not answer');
  document.getElementById('who').textContent = (await me.json()).displayName;
  for (const account of (await accounts.json()).items) showAccount(account);
  document.getElementById('cookies').textContent =
    document.cookie === '' ? 'none' : String(document.cookie.split(';').length);
  document.getElementById('entries').textContent = String(localStorage.length + sessionStorage.length || 'none');
  show('customer');
  show('logout');
}

start().catch((error) => {
  document.getElementById('trouble').textContent = `Something is wrong: ${error.message}.`;
  show('trouble');
});
