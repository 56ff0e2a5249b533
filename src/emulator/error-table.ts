/** Code, Meta's title, the HTTP status where the pages name one (reference, section 8). */
type Row = readonly [code: number, title: string, httpStatus: number]

const ROWS: readonly Row[] = [
  [0, 'AuthException', 401],
  [1, 'API Unknown', 400],
  [2, 'API Service', 503],
  [3, 'API Method', 500],
  [4, 'API Too Many Calls', 400],
  [10, 'Permission Denied', 403],
  [33, 'Parameter value is not valid', 400],
  [100, 'Invalid parameter', 400],
  [104, 'Missing or unusable token', 401],
  [190, 'Access token has expired', 401],
  [200, 'API Permission', 403],
  [368, 'Temporarily blocked for policies violations', 403],
  [613, 'Calls to this API exceeded the rate limit', 400],
  [80007, 'Rate limit issues', 400],
  [80008, 'Too many calls to this WhatsApp Business account', 400],
  [130403, 'User blocked by the business', 400],
  [130429, 'Rate limit hit', 400],
  [130472, "User's number is part of an experiment", 400],
  [130497, 'Business account is restricted from messaging users in this country', 403],
  [131000, 'Something went wrong', 500],
  [131005, 'Access denied', 403],
  [131008, 'Required parameter is missing', 400],
  [131009, 'Parameter value is not valid', 400],
  [131016, 'Service unavailable', 500],
  [131021, 'Recipient cannot be sender', 400],
  [131026, 'Message Undeliverable', 400],
  [131030, 'Recipient phone number not in allowed list', 400],
  [131031, 'Account has been locked', 403],
  [131037, 'WhatsApp provided number needs display name approval before message can be sent.', 400],
  [131042, 'Business eligibility payment issue', 400],
  [131045, 'Incorrect certificate', 500],
  [131047, 'Re-engagement message', 400],
  [131048, 'Spam rate limit hit', 400],
  [131049, 'Meta chose not to deliver.', 400],
  [131050, 'User has stopped receipt of marketing messages.', 400],
  [131051, 'Unsupported message type', 400],
  [131052, 'Media download error', 400],
  [131053, 'Media upload error', 400],
  [131055, 'Method not allowed', 400],
  [131056, '(Business Account, Consumer Account) pair rate limit hit', 400],
  [131057, 'Account in maintenance mode', 500],
  [131058, 'Hello World templates can only be sent from the Public Test Numbers', 400],
  [131059, 'Invalid cursor', 400],
  [131060, 'This message is unavailable', 400],
  [131062, 'Business-scoped user id not supported', 400],
  [131063, 'Marketing templates disabled on Cloud API', 400],
  [131064, 'Messaging limit from template misclassification', 400],
  [132000, 'Number of parameters does not match the expected number of params', 400],
  [132001, 'Template name does not exist in the translation', 404],
  [132005, 'Translated text too long', 400],
  [132007, 'Template format character policy violated', 400],
  [132008, 'Template parameter value invalid', 400],
  [132012, 'Parameter format does not match format in the created template', 400],
  [132015, 'Template is Paused', 400],
  [132016, 'Template is Disabled', 400],
  [132018, 'Template validation error', 400],
  [132068, 'Flow is blocked', 400],
  [132069, 'Flow is throttled', 400],
  [133004, 'Server Temporarily Unavailable', 503],
  [133010, 'Phone number Not Registered', 400],
  [134101, 'Your template is still syncing', 400],
  [134102, 'Template unavailable for use', 500],
  [135000, 'Generic user error', 400],
  [137000, 'Recipient identity key mismatch', 400],
  [2388019, 'Message template limit exceeded', 400],
  [2388039, "Message template status can't be changed", 400],
]

export interface KnownError {
  title: string
  httpStatus: number
}

const TABLE = new Map<number, KnownError>(
  ROWS.map(([code, title, httpStatus]) => [code, { title, httpStatus }]),
)

/** What the pages say of a code; for one they do not know, a plain title and HTTP 400. */
export function describeError(code: number): KnownError {
  return TABLE.get(code) ?? { title: 'Unknown error', httpStatus: 400 }
}
