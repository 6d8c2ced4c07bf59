/** Takes every header of this name, in lower case, out of names and values in turn. */
export function withoutHeader(headers: string[], name: string): void {
  for (let index = headers.length - 2; index >= 0; index -= 2)
    if ((headers[index] as string).toLowerCase() === name) headers.splice(index, 2);
}
