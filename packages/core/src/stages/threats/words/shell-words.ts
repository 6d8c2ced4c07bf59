/** Programs whose names are no word that people write behind a semicolon or a bar. */
export const SHELL_ONLY: ReadonlySet<string> = new Set(
  (
    'ls id whoami uname pwd wget curl nslookup ping ping6 traceroute tracert ifconfig ipconfig netstat nmap nc ncat netcat ' +
    'socat telnet ssh scp sftp ftp tftp rsync getent bash sh zsh ksh csh tcsh busybox powershell pwsh cmd ' +
    'chmod chown chgrp chroot rm mv cp dd df du ps lsof lsmod lspci dmesg mkdir rmdir mkfifo mknod mktemp ' +
    'awk gawk sed egrep fgrep grep xargs printf printenv uptime systeminfo tasklist taskkill ' +
    'certutil bitsadmin regsvr rundll mshta wscript cscript schtasks vssadmin wmic icacls attrib ' +
    ' javac gcc gdb strace ltrace tcpdump openssl gpg base64 xxd hexdump ' +
    'mysql psql sqlite3 sqlite mysqldump pg_dump redis nohup sudo su doas crontab systemctl journalctl useradd userdel ' +
    'usermod groupadd adduser visudo fdisk mkfs iptables ufw gzip gunzip bzip unzip xz ' +
    'zcat bzcat tac rev vi vim nano emacs aptitude apk yum dnf rpm dpkg pip npm gem kubectl ' +
    ' poweroff killall pkill pgrep renice ionice taskset stdbuf unshare nsenter flock getfacl setfacl ' +
    'lastlog lastlogin rlogin rsh rexec resolvectl arp ethtool iwconfig hostnamectl ifs jps lsb_release ' +
    'waitfor md5sum sha1sum sha256sum cpulimit rmt dirname basename realpath readlink chattr lsattr iconv nslookup6 sysctl modprobe insmod'
  ).split(' '),
);

/** Programs whose names are words as well: only with what people do not write behind them. */
export const SHELL_HOMONYMS: ReadonlySet<string> = new Set(
  (
    'cat echo dir type find head tail more less sort cut touch which who w last time date host hostname net at sleep kill set ' +
    'export source eval exec true false test wait read watch locate top tree write wall history alias jobs help start copy ' +
    'move del erase ren exit shutdown reboot route print join split paste comm look file strings tr uniq wc diff patch man info ' +
    'node make script service halt mount umount finger dash fish snap init stat dig ip ss sc env ver php python perl ruby java lua docker ansible chef apt zip tar tee reg passwd cc nl od ' +
    'ln calc groups users dump expand fold pr seq yes factor timeout link unlink sync install open edit ed ex up go run at batch'
  ).split(' '),
);

/** Those that are words of lists and do nothing by themselves. */
export const LISTED_WORDS: readonly string[] = (
  'date time type find head tail more less sort cut touch which host at true false test wait read watch locate top tree write wall help start copy move ' +
  'del exit print join split paste look file strings info man finger dash fish node script service php python perl ruby java lua docker ansible ' +
  'chef zip tar tee calc groups expand fold factor link sync install open edit up go run batch'
).split(' ');

export const SHELL_WORDS: ReadonlySet<string> = new Set([...SHELL_ONLY, ...SHELL_HOMONYMS]);
