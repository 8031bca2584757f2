// Texts of scripts in the language of the page: the English text is the key.
//   t("Measure"), t("%(n)s mm", { n: 12 }), tn("%(n)s parcel", "%(n)s parcels", n)
const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
const { words } = await import(`./words.${language}.js`);

const filled = (text, values) =>
  text.replace(/%\((\w+)\)s/g, (whole, name) => (name in values ? String(values[name]) : whole));

export const t = (text, values = {}) => filled(words[text] ?? text, values);

export const tn = (one, many, n, values = {}) =>
  filled(words[many] ?? (n === 1 ? one : many), { n, ...values });

export const locale = language === "zh" ? "zh-CN" : "en-GB";
