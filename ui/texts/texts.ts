import { en } from './en.ts'
import { es } from './es.ts'

/** The shape of the catalogue: a language that lacks a text fails the type check. */
export type Texts = typeof en

export const languages = ['en', 'es'] as const
export type Language = (typeof languages)[number]

export const catalogue: Readonly<Record<Language, Texts>> = { en, es }

export const isLanguage = (text: unknown): text is Language => languages.some((language) => language === text)

/** @param acceptLanguage  the browser's wishes, best first as browsers send them */
export function preferredLanguage(acceptLanguage: string | undefined): Language {
  const wishes = (acceptLanguage ?? '').slice(0, 200).split(',')
  return wishes.map((wish) => wish.trim().slice(0, 2).toLowerCase()).find(isLanguage) ?? 'en'
}
