import { isUncompressed, type AnswerHead, type ResponseDecision } from '@sallyport/core';

/** What stages may know of an answer before its body. */
export function answerHead({ headers, body }: ResponseDecision): AnswerHead {
  let contentType: string | null = null;
  let length: number | null = null;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name === 'Content-Type' || (name.length === 12 && name.toLowerCase() === 'content-type'))
      contentType = headers[i + 1] as string;
    else if (name.length === 14 && name.toLowerCase() === 'content-length') length = Number(headers[i + 1]);
  }
  return { contentType, length, collected: body === 'collect' };
}

/** Whether a Content-Encoding stands between the bytes and what they say. */
export function isCompressed({ headers }: ResponseDecision): boolean {
  for (let i = 0; i + 1 < headers.length; i += 2)
    if ((headers[i] as string).toLowerCase() === 'content-encoding' && !isUncompressed(headers[i + 1] as string))
      return true;
  return false;
}
