// Messages and their translations. A dictionary of words marks what it says with `gettext` and `ngettext`;
// `speak` puts a translation in their place, before anything is drawn.

/** Mark a message; English until `speak` knows better. */
export const gettext = (message) => message;

/** Mark a message that counts; `count` chooses its form. */
export const ngettext = (one, many) => ({ forms: [one, many], plural: (n) => (n === 1 ? 0 : 1) });

const spoken = { locale: undefined };

/** Translate a dictionary in place. `told` = {locale, messages, plural}, as Python's words room makes it. */
export function speak(dictionary, { locale, messages = {}, plural = [] } = {}) {
  spoken.locale = locale;
  for (const [name, value] of Object.entries(dictionary)) {
    if (typeof value === "string") dictionary[name] = messages[value] ?? value;
    else if (value?.forms) Object.assign(value, counting(messages[value.forms[0]], plural));
    else if (value && typeof value === "object") speak(value, { locale, messages, plural });
  }
}

function counting(forms, plural) {
  return forms && { forms, plural: (n) => plural[n < plural.length ? n : 100 + (n % 100)] };
}

/** Fill the blanks of a sentence; numbers are written as the reader writes them. */
export function say(sentence, blanks) {
  return Object.entries(blanks).reduce(
    (text, [name, value]) => text.replaceAll(`{${name}}`, typeof value === "number" ? number(value) : value),
    sentence,
  );
}

/** Choose the form of a counting message and fill its blanks; `{n}` is the count. */
export function count(message, n, blanks = {}) {
  return say(message.forms[message.plural(n)], { n, ...blanks });
}

/** The locale that is spoken, e.g. for an element's lang. */
export const locale = () => spoken.locale ?? "en";

/** A number in the reader's notation. */
export function number(value, digits = 2) {
  return new Intl.NumberFormat(spoken.locale, { maximumFractionDigits: digits }).format(value);
}

/** A moment in the reader's words. */
export function moment(time, format) {
  const date = new Date(time);
  return Number.isNaN(date.valueOf()) ? String(time ?? "") : new Intl.DateTimeFormat(spoken.locale, format).format(date);
}
