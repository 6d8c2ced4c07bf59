import { defaulted, list, object, text } from '../shape.ts';

/** `egress`: where Sallyport connects to by itself. */
export const egressShape = object({
  allow: defaulted(
    list(text(), 0, 100),
    [],
    'Addresses, ranges and host names (also *.example.internal) that are not public, and that documents from outside may yet name: a jwks_uri of an issuer, a responder in a certificate. What the policy itself names needs no entry. Metadata services and link-local addresses are never asked.',
  ),
});
