export const KNOWN_DIFFERENCES: readonly { readonly reason: string; readonly cases: readonly string[] }[] = [];
