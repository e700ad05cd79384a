import type { SyncService } from '../../appliance/sync/status.ts'
import { statusToJson } from '../api/json.ts'
import { eventText } from './topic.ts'
import type { Topic } from './topic.ts'

/** The whole status as JSON, for the API and `homeseed status --watch`. */
export function statusTopic(sync: SyncService): Topic {
  let sent: string | undefined
  const now = () => JSON.stringify(statusToJson(sync))
  return {
    snapshot: () => {
      const text = now()
      sent ??= text
      return eventText(text, 'status')
    },
    changes: () => {
      const text = now()
      if (text === sent) return undefined
      sent = text
      return eventText(text, 'status')
    },
  }
}
