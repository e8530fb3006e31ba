/** What a typed line means: the slash commands of the text protocol, as far as they make sense in a page. Pure. */

export const ACTION = 'text/vnd.sockhop.action';

export const HELP = [
  ['/nick NAME', 'be called NAME'],
  ['/join ROOM', 'go to ROOM; it is made if it is not there'],
  ['/me TEXT', 'say what you do'],
  ['/msg NICK TEXT', 'to one person alone'],
  ['//TEXT', 'say a line that starts with a slash'],
];

/**
 * @param {string} typed
 * @returns {{say: string, type?: string} | {nick: string} | {join: string} | {to: string, text: string} | {help: true} | {fault: string}}
 */
export function parseTyped(typed) {
  if (!typed.startsWith('/')) return { say: typed };
  if (typed.startsWith('//')) return { say: typed.slice(1) };
  const [, word, rest] = /^\/(\S*)\s*([\s\S]*)$/.exec(typed);
  return (COMMANDS[word.toLowerCase()] ?? unknown)(rest.trim(), word);
}

const COMMANDS = {
  nick: (name) => (name ? { nick: name } : { fault: 'Which nick? Write /nick NAME.' }),
  join: (room) => (room ? { join: room } : { fault: 'Which room? Write /join ROOM.' }),
  me: (text) => (text ? { say: text, type: ACTION } : { fault: 'What do you do? Write /me TEXT.' }),
  msg: (rest) => {
    const [, to, text] = /^(\S+)\s+([\s\S]+)$/.exec(rest) ?? [];
    return to ? { to, text } : { fault: 'To whom, and what? Write /msg NICK TEXT.' };
  },
  help: () => ({ help: true }),
};

const unknown = (_, word) => ({
  fault: `There is no command /${word} here. /help lists them; to say a line that starts with a slash, start it with two.`,
});
