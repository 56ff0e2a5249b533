/**
 * The forms in which one number is written: WhatsApp's own (`wa_id`) may differ from the one that is
 * dialled in Brazil, Mexico and Argentina (reference, section 2.6). Pure.
 */

/** @param waId digits as Meta writes them @returns E.164, the form given first */
export function phoneVariants(waId: string): string[] {
  const digits = waId.replace(/^\+/, '')
  if (!/^[1-9]\d{6,14}$/.test(digits)) return []
  return [...new Set([digits, ...habits(digits)])].map((variant) => `+${variant}`)
}

function habits(digits: string): string[] {
  const mexico = /^52(1?)(\d{10})$/.exec(digits)
  if (mexico?.[2] !== undefined) return [`52${mexico[2]}`, `521${mexico[2]}`]
  const argentina = /^54(9?)(\d{10})$/.exec(digits)
  if (argentina?.[2] !== undefined) return [`54${argentina[2]}`, `549${argentina[2]}`]
  // Mobile numbers of Brazil have nine digits after the area; WhatsApp may know them by eight.
  const brazil = /^55(\d\d)(9?)(\d{8})$/.exec(digits)
  if (brazil?.[1] !== undefined && brazil[3] !== undefined) {
    return [`55${brazil[1]}${brazil[3]}`, `55${brazil[1]}9${brazil[3]}`]
  }
  return []
}
