import type { z } from 'zod'
import { about } from './read-settings.ts'
import { Count, Networks, networksAllowed, Seconds } from './values.ts'

export const webhookSettings = {
  WEBHOOKS_PRIVATE_NETWORKS: Networks.optional().register(about, {
    description:
      'The private networks to which webhooks may be sent, also over http. All other loopback, private, link-local and special addresses are refused when a delivery connects, and then only https is used. Anyone with the role `admin` can have requests sent to these networks.',
    allowed: networksAllowed,
    unset: 'public addresses only',
  }),
  WEBHOOKS_RETRIES: Seconds.prefault('5,300,1800,7200,18000,36000,50400,72000,86400').register(about, {
    description:
      'How long to wait before each retry of a delivery, plus up to a fifth at random. After the last one the delivery has failed; if the webhook received nothing since the first attempt, it is disabled.',
    allowed: 'comma-separated numbers of seconds, from 1 to 604800 each, at most 20',
  }),
  WEBHOOKS_TIMEOUT: Count(1_000, 60_000).prefault('15000').register(about, {
    description: 'Maximum duration of one attempt of a delivery, from the look-up of the host to the response.',
    allowed: 'a number of milliseconds, from 1000 to 60000',
  }),
  WEBHOOKS_LOG_DAYS: Count(1, 36_500).prefault('30').register(about, {
    description: 'How long deliveries that were sent or have failed stay in the log of a webhook.',
    allowed: 'a number of days, from 1 to 36500',
  }),
}

type Values = z.infer<z.ZodObject<typeof webhookSettings>>

export const webhooksOf = (values: Values) => ({
  /** As CIDRs. */
  privateNetworks: values.WEBHOOKS_PRIVATE_NETWORKS ?? [],
  /** In seconds. */
  retries: values.WEBHOOKS_RETRIES,
  /** In milliseconds. */
  timeout: values.WEBHOOKS_TIMEOUT,
  logDays: values.WEBHOOKS_LOG_DAYS,
})
