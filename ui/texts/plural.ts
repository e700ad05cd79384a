/** Forms of a text by number; `one` only where the language has such a form for the number. */
export interface PluralForms {
  readonly one: string
  readonly other: string
}

/** @returns a function that picks the form which the language uses for `n` */
export function plural(language: string): (n: number, forms: PluralForms) => string {
  let rules: Intl.PluralRules | undefined // made on first use: the command line rarely needs it
  return (n, forms) => {
    rules ??= new Intl.PluralRules(language)
    return rules.select(n) === 'one' ? forms.one : forms.other
  }
}
