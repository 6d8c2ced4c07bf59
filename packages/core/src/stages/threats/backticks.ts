import { SUBSTITUTED } from './shapes/command-shapes.ts';
import type { ThreatCollector } from './threat.ts';

/**
 * Commands in backticks where a shell would run them: put into a word, or all that there is. Behind a blank or a bracket backticks are how
 * people write code in text.
 */
export function detectBackticks(text: string, threats: ThreatCollector): void {
  let open = text.indexOf('`');
  while (open >= 0) {
    const close = text.indexOf('`', open + 1);
    const end = close < 0 ? text.length : close;
    if (end > open + 1) {
      SUBSTITUTED.lastIndex = open + 1;
      if (SUBSTITUTED.test(text)) {
        const whole =
          open < 4 && /^[\s`;|&"'{}()]{0,4}$/.test(text.slice(end, end + 6)) && !/[\w]/.test(text.slice(0, open));
        const inWord = open > 0 && /[\w=;|&$>'"/-]/.test(text.charAt(open - 1));
        if (whole || inWord) threats.add('command', 6, 'command substituted');
      }
    }
    open = close < 0 ? -1 : text.indexOf('`', close + 1);
  }
}
