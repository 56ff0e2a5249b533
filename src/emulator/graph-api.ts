import { checkAccess, checkManagementLimit } from './access.ts'
import { debugToken, routeSubscriptions } from './account-routes.ts'
import { answerRefusal } from './graph-call.ts'
import type { GraphAnswer, GraphCall } from './graph-call.ts'
import { listEvents, listHistory } from './history-routes.ts'
import { deleteMedia, downloadMedia, getMedia, uploadMedia } from './media-routes.ts'
import { getAccount, getNumber, listNumbers } from './number-routes.ts'
import { refuseNode } from './refusal.ts'
import { sendMessage } from './send-message.ts'
import {
  createTemplate,
  deleteTemplates,
  editTemplate,
  getTemplate,
  listTemplates,
  unpauseTemplate,
} from './template-routes.ts'
import type { Template } from './template.ts'
import { continueUpload, openUpload } from './upload-routes.ts'
import type { UploadSession } from './upload-routes.ts'
import type { World } from './world.ts'

type Answering = GraphAnswer | Promise<GraphAnswer>
type Route = (world: World, call: GraphCall) => Answering

/** Answers a call: token first, then the node of the path, then what is asked of it. */
export type GraphApi = (call: GraphCall) => Answering

const NUMBER_ROUTES: Readonly<Record<string, Route>> = {
  'GET ': getNumber,
  'POST media': uploadMedia,
  'GET message_history': listHistory,
}

const ACCOUNT_ROUTES: Readonly<Record<string, Route>> = {
  'GET ': getAccount,
  'GET phone_numbers': listNumbers,
  'GET message_templates': listTemplates,
  'POST message_templates': createTemplate,
  'DELETE message_templates': deleteTemplates,
  'GET subscribed_apps': routeSubscriptions,
  'POST subscribed_apps': routeSubscriptions,
  'DELETE subscribed_apps': routeSubscriptions,
}

export function createGraphApi(world: World): GraphApi {
  const sessions = new Map<string, UploadSession>()
  const { phoneNumberId, businessAccountId, appId } = world.settings

  return (call) => {
    const refused = checkAccess(world, call)
    if (refused !== undefined) return answerRefusal(refused)
    const isNumber = call.node === phoneNumberId
    if (isNumber && call.edge === 'messages' && call.method === 'POST') {
      return sendMessage(world, call)
    }
    const limited = checkManagementLimit(world)
    if (limited !== undefined) return answerRefusal(limited)

    const key = `${call.method} ${call.edge}`
    if (isNumber) return route(NUMBER_ROUTES, key, call)
    if (call.node === businessAccountId) return route(ACCOUNT_ROUTES, key, call)
    if (call.node === appId && key === 'POST uploads') return openUpload(world, call, sessions)
    if (call.node.startsWith('upload:')) return continueUpload(world, call, sessions)
    if (call.node === 'debug_token' && key === 'GET ') return debugToken(world, call)
    if (call.node === 'whatsapp_business') return downloadMedia(world, call)
    return routeObject(call, key)
  }

  function route(routes: Readonly<Record<string, Route>>, key: string, call: GraphCall): Answering {
    const found = routes[key]
    return found === undefined ? notFound(call) : found(world, call)
  }

  /** Templates, media and histories: nodes that come and go. */
  function routeObject(call: GraphCall, key: string): Answering {
    if (key === 'GET events') return listEvents(world, call)
    const template = world.templates.findById(call.node)
    if (template !== undefined) return routeTemplate(call, key, template)
    const media = world.media.find(call.node, world.settings.clock())
    if (media !== undefined && key === 'GET ') return getMedia(world, call, media)
    if (media !== undefined && key === 'DELETE ') return deleteMedia(world, call, media)
    return notFound(call)
  }

  function routeTemplate(call: GraphCall, key: string, template: Template): Answering {
    switch (key) {
      case 'GET ':
        return getTemplate(world, call, template)
      case 'POST ':
        return editTemplate(world, call, template)
      case 'POST unpause':
        return unpauseTemplate(world, template)
      default:
        return notFound(call)
    }
  }
}

function notFound(call: GraphCall): GraphAnswer {
  return answerRefusal(refuseNode(call.method, call.node))
}
