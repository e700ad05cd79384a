import { getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { readSettings } from '../appliance/settings/settings.ts'
import { catalogue, isLanguage, preferredLanguage } from '../ui/texts/texts.ts'
import { isTheme } from '../ui/view.ts'
import type { View } from '../ui/view.ts'
import type { PanelContext, PanelDeps, PanelEnv } from './panel-env.ts'
import { shellWord } from './shell-word.ts'

export const languageCookie = 'homeseed-language'
export const themeCookie = 'homeseed-theme'

function languageOf(c: PanelContext, db: PanelDeps['db']) {
  const chosen = getCookie(c, languageCookie)
  if (isLanguage(chosen)) return chosen
  const { language } = readSettings(db)
  return isLanguage(language) ? language : preferredLanguage(c.req.header('accept-language'))
}

/** In which words and colours this browser is answered. */
export const withView = ({ db, assets, commandHome }: Pick<PanelDeps, 'db' | 'assets' | 'commandHome'>) =>
  createMiddleware<PanelEnv>(async (c, next) => {
    const language = languageOf(c, db)
    const theme = getCookie(c, themeCookie)
    const view: View = {
      t: catalogue[language],
      language,
      theme: isTheme(theme) ? theme : 'system',
      assets: assets.paths,
      isSignedIn: c.get('session') !== undefined,
      path: c.req.path,
      commandOptions: commandHome === undefined ? '' : ` --home ${shellWord(commandHome)}`,
    }
    c.set('view', view)
    await next()
  })
