import { createActivity } from './activity.ts'
import type { Activity } from './activity.ts'
import { createBehaviourScript } from './behaviour-script.ts'
import type { BehaviourScript } from './behaviour-script.ts'
import type { WebhookFate } from './behaviour.ts'
import { createConversations } from './conversations.ts'
import type { Conversations } from './conversations.ts'
import { createPairLimiter, createRateLimiter } from './limiters.ts'
import type { PairLimiter, RateLimiter } from './limiters.ts'
import { createMediaStore } from './media-store.ts'
import type { MediaStore } from './media-store.ts'
import { createMessageLog } from './message-log.ts'
import type { MessageLog } from './message-log.ts'
import type { EmulatorEvent, Settings, StatusDelays } from './options.ts'
import { callingCodeOf } from './phone-number.ts'
import { createRandom } from './random.ts'
import type { Random } from './random.ts'
import { createReviewScript } from './review-script.ts'
import type { ReviewScript } from './review-script.ts'
import { createTemplateStore } from './template-store.ts'
import type { TemplateStore } from './template-store.ts'
import { createTimerQueue } from './timer-queue.ts'
import type { TimerQueue } from './timer-queue.ts'
import { createWebhookFeed } from './webhook-feed.ts'
import type { WebhookFeed } from './webhook-feed.ts'
import { createWebhookSender } from './webhook-sender.ts'
import type { WebhookSender } from './webhook-sender.ts'

/** Everything the emulator knows. One an emulator; nothing in it outlives the process. */
export interface World {
  settings: Settings
  random: Random
  activity: Activity
  timers: TimerQueue
  access: { token: string; expired: boolean }
  number: NumberState
  account: AccountState
  templates: TemplateStore
  reviews: ReviewScript
  /** Cursors of an earlier generation are refused. */
  cursors: { generation: number }
  media: MediaStore
  conversations: Conversations
  log: MessageLog
  script: BehaviourScript
  throughput: RateLimiter
  pairs: PairLimiter
  management: { hour: number; calls: number }
  delays: StatusDelays
  /** What becomes of the webhooks of messages whose behaviour says nothing else. */
  fate: WebhookFate
  sender: WebhookSender
  feed: WebhookFeed
  emit: (event: EmulatorEvent) => void
}

export interface NumberState {
  status: string
  qualityRating: string
  nameStatus: string
  throughputLevel: string
  accountMode: string
  messagingLimit: string
  verifiedName: string
  /** False: every send is refused with 133010. */
  registered: boolean
  /** Digits; null: everybody. Others are refused with 131030, as for a test number. */
  allowedRecipients: string[] | null
  /** Calling code of the number, put in front of a `to` without `+`. */
  callingCode: string
}

export interface AccountState {
  /** Every send is refused with this code, e.g. 131042 or 368; null: none. */
  sendError: number | null
  subscribed: boolean
  reviewStatus: string
  verificationStatus: string
}

export function createWorld(settings: Settings, emit: (event: EmulatorEvent) => void): World {
  const activity = createActivity()
  const timers = createTimerQueue(activity)
  const sender = createWebhookSender({
    settings,
    activity,
    timers,
    emit,
    isSubscribed: () => world.account.subscribed,
  })
  const world: World = {
    settings,
    random: createRandom(settings.seed),
    activity,
    timers,
    access: { token: settings.accessToken, expired: false },
    number: createNumberState(settings),
    account: createAccountState(),
    templates: createTemplateStore(settings.clock()),
    reviews: createReviewScript(),
    cursors: { generation: 0 },
    media: createMediaStore(),
    conversations: createConversations(),
    log: createMessageLog(settings.historyLimit),
    script: createBehaviourScript(),
    throughput: createRateLimiter(settings.maxMps),
    pairs: createPairLimiter(settings.pairLimit, settings.pairBurst),
    management: { hour: 0, calls: 0 },
    delays: settings.statusDelays,
    fate: 'normal',
    sender,
    feed: createWebhookFeed(settings, sender, timers, activity),
    emit,
  }
  return world
}

/** Back to the first moment; the webhook address stays. */
export function resetWorld(world: World): void {
  const { settings } = world
  world.timers.clear()
  world.feed.clear()
  world.sender.clear()
  world.sender.setPaused(false)
  world.access = { token: settings.accessToken, expired: false }
  world.number = createNumberState(settings)
  world.account = createAccountState()
  world.templates.reset(settings.clock())
  world.reviews.clear()
  world.cursors.generation += 1
  world.media.clear()
  world.conversations.clear()
  world.log.clear()
  world.script.clear()
  world.throughput.setRate(settings.maxMps)
  world.pairs.clear()
  world.pairs.set({ enabled: settings.pairLimit, burst: settings.pairBurst })
  world.management = { hour: 0, calls: 0 }
  world.delays = settings.statusDelays
  world.fate = 'normal'
  world.feed.setBatching({ size: 1, windowMs: 20 })
}

function createNumberState(settings: Settings): NumberState {
  return {
    status: 'CONNECTED',
    qualityRating: 'GREEN',
    nameStatus: 'APPROVED',
    throughputLevel: 'STANDARD',
    accountMode: 'LIVE',
    messagingLimit: 'TIER_2K',
    verifiedName: 'Aviso Emulator',
    registered: true,
    allowedRecipients: null,
    callingCode: callingCodeOf(settings.displayPhoneNumber.replace(/\D/g, '')),
  }
}

function createAccountState(): AccountState {
  return {
    sendError: null,
    subscribed: true,
    reviewStatus: 'APPROVED',
    verificationStatus: 'VERIFIED',
  }
}
