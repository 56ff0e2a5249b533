// Made from the OpenAPI document by scripts/write-api-types.mjs.
export interface paths {
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process lives */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "status": "ok"
                         *     }
                         */
                        "application/json": components["schemas"]["Liveness"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Requests can be served */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "status": "ok"
                         *     }
                         */
                        "application/json": components["schemas"]["Readiness"];
                    };
                };
                /** @description Not available just now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "status": "ok"
                         *     }
                         */
                        "application/json": components["schemas"]["Readiness"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Health; with a key the parts too
         * @description A key of one tenant sees counts of its own messages and events; orphans and dead letters belong to nobody.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "status": "ok",
                         *       "version": "0.1.0",
                         *       "migration": "whatsapp020",
                         *       "parts": {
                         *         "database": {
                         *           "status": "ok",
                         *           "detail": "answers; migrated to whatsapp020",
                         *           "remedy": null
                         *         },
                         *         "broker": {
                         *           "status": "ok",
                         *           "detail": "not configured: events come over HTTP only",
                         *           "remedy": null
                         *         },
                         *         "cloud_api": {
                         *           "status": "ok",
                         *           "detail": "answers",
                         *           "remedy": null
                         *         },
                         *         "credentials": {
                         *           "status": "ok",
                         *           "detail": "accepted by Meta as far as known",
                         *           "remedy": null
                         *         },
                         *         "number": {
                         *           "status": "ok",
                         *           "detail": "usable as far as known",
                         *           "remedy": null
                         *         },
                         *         "templates": {
                         *           "status": "ok",
                         *           "detail": "usable as far as known",
                         *           "remedy": null
                         *         },
                         *         "webhooks": {
                         *           "status": "ok",
                         *           "detail": "nothing is missing as far as known",
                         *           "remedy": null
                         *         }
                         *       },
                         *       "queue": {
                         *         "depth": 0,
                         *         "oldest_seconds": 0,
                         *         "in_doubt": 0,
                         *         "unconfirmed": 0,
                         *         "held": {},
                         *         "outbox": 0,
                         *         "orphans": 0,
                         *         "dead_letters": 0
                         *       }
                         *     }
                         */
                        "application/json": components["schemas"]["Health"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                        /**
                         * @example {
                         *       "status": "ok",
                         *       "version": "0.1.0",
                         *       "migration": "whatsapp020",
                         *       "parts": {
                         *         "database": {
                         *           "status": "ok",
                         *           "detail": "answers; migrated to whatsapp020",
                         *           "remedy": null
                         *         },
                         *         "broker": {
                         *           "status": "ok",
                         *           "detail": "not configured: events come over HTTP only",
                         *           "remedy": null
                         *         },
                         *         "cloud_api": {
                         *           "status": "ok",
                         *           "detail": "answers",
                         *           "remedy": null
                         *         },
                         *         "credentials": {
                         *           "status": "ok",
                         *           "detail": "accepted by Meta as far as known",
                         *           "remedy": null
                         *         },
                         *         "number": {
                         *           "status": "ok",
                         *           "detail": "usable as far as known",
                         *           "remedy": null
                         *         },
                         *         "templates": {
                         *           "status": "ok",
                         *           "detail": "usable as far as known",
                         *           "remedy": null
                         *         },
                         *         "webhooks": {
                         *           "status": "ok",
                         *           "detail": "nothing is missing as far as known",
                         *           "remedy": null
                         *         }
                         *       },
                         *       "queue": {
                         *         "depth": 0,
                         *         "oldest_seconds": 0,
                         *         "in_doubt": 0,
                         *         "unconfirmed": 0,
                         *         "held": {},
                         *         "outbox": 0,
                         *         "orphans": 0,
                         *         "dead_letters": 0
                         *       }
                         *     }
                         */
                        "application/json": components["schemas"]["Health"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Messages, newest first
         * @description A page by template, by a frequent name, or by a status or state that most messages have, is looked for during about a second: where nearly none fits it may have fewer than limit, or none, and next_cursor goes on from there. null alone says that there are no more.
         */
        get: {
            parameters: {
                query?: {
                    status?: "PENDING" | "SENT" | "DELIVERED" | "READ" | "FAILED";
                    state?: "queued" | "held" | "claimed" | "sending" | "in_doubt" | "unconfirmed" | "canceled" | "expired" | "accepted" | "sent" | "failed" | "delivered" | "read";
                    recipient_phone?: string;
                    template_name?: string;
                    po_number?: string;
                    batch_id?: string;
                    /** @description created_at, inclusive */
                    from?: string;
                    /** @description created_at, exclusive */
                    to?: string;
                    /** @description Order number, message id, wamid or phone exactly; supplier name by its beginning */
                    q?: string;
                    limit?: number;
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "id": "01a21e5d-c842-719d-9564-e310abef2a25",
                         *           "tenant_id": "00000000-0000-0000-0000-000000000000",
                         *           "notification_id": null,
                         *           "batch_id": null,
                         *           "status": "READ",
                         *           "state": "read",
                         *           "hold_reason": null,
                         *           "error_code": null,
                         *           "error_message": null,
                         *           "remedy": null,
                         *           "message_type": "TEMPLATE",
                         *           "template_name": "po_notification",
                         *           "template_language": "es",
                         *           "template_parameters": [
                         *             "Harinas del Sur",
                         *             "PO-2026-0001",
                         *             "1.234,50 €"
                         *           ],
                         *           "recipient_phone": "+34612345678",
                         *           "recipient_input": "+34612345678",
                         *           "wa_id": "34612345678",
                         *           "whatsapp_message_id": "wamid.HBgLMzQ2MTIzNDU2NzgVAgARGBJCRkQzMDZCMjQxMTk3M0FCOTMA",
                         *           "event_id": "example-2026-0001",
                         *           "po_id": "example-po-0001",
                         *           "po_number": "PO-2026-0001",
                         *           "revision": 1,
                         *           "supplier_id": "harinas-del-sur",
                         *           "supplier_name": "Harinas del Sur",
                         *           "accepted_at": "2026-11-27T18:56:32.521Z",
                         *           "sent_at": "2026-11-27T18:56:32.000Z",
                         *           "delivered_at": "2026-11-27T18:56:33.000Z",
                         *           "read_at": "2026-11-27T18:56:33.000Z",
                         *           "failed_at": null,
                         *           "expires_at": "2026-11-30T18:56:32.406Z",
                         *           "attempts": 1,
                         *           "cost": {
                         *             "amount": "0.0200",
                         *             "currency": "USD",
                         *             "category": "utility",
                         *             "billable": true
                         *           },
                         *           "pricing": {
                         *             "type": "regular",
                         *             "billable": true,
                         *             "category": "utility",
                         *             "pricing_model": "PMP"
                         *           },
                         *           "metadata": {
                         *             "items": [
                         *               {
                         *                 "name": "Harina T55 25 kg",
                         *                 "unit": "sack",
                         *                 "quantity": 40,
                         *                 "unit_price": "30.8625"
                         *               }
                         *             ],
                         *             "po_id": "example-po-0001",
                         *             "currency": "EUR",
                         *             "language": "es",
                         *             "revision": 1,
                         *             "po_number": "PO-2026-0001",
                         *             "supplier_id": "harinas-del-sur",
                         *             "total_amount": "1234.50",
                         *             "supplier_name": "Harinas del Sur",
                         *             "supplier_phone": "+34612345678",
                         *             "supplier_country": "ES",
                         *             "required_delivery_date": "2026-11-30"
                         *           },
                         *           "created_at": "2026-11-27T18:56:32.415Z",
                         *           "updated_at": "2026-11-27T18:56:33.930Z"
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["MessageList"];
                    };
                };
                /** @description invalid_cursor, invalid_query */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Send a message: a template, or anything else inside the 24-hour window
         * @description Checked against the template that Meta has approved before it is queued. Answered after the commit; what becomes of it: GET the message, or the live stream.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and body is answered with the first message, and nothing is sent again; kept 48 hours */
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["MessageRequest"];
                };
            };
            responses: {
                /** @description Taken, and durable */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "id": "01a21e5d-c842-719d-9564-e310abef2a25",
                         *       "tenant_id": "00000000-0000-0000-0000-000000000000",
                         *       "notification_id": null,
                         *       "batch_id": null,
                         *       "status": "READ",
                         *       "state": "read",
                         *       "hold_reason": null,
                         *       "error_code": null,
                         *       "error_message": null,
                         *       "remedy": null,
                         *       "message_type": "TEMPLATE",
                         *       "template_name": "po_notification",
                         *       "template_language": "es",
                         *       "template_parameters": [
                         *         "Harinas del Sur",
                         *         "PO-2026-0001",
                         *         "1.234,50 €"
                         *       ],
                         *       "recipient_phone": "+34612345678",
                         *       "recipient_input": "+34612345678",
                         *       "wa_id": "34612345678",
                         *       "whatsapp_message_id": "wamid.HBgLMzQ2MTIzNDU2NzgVAgARGBJCRkQzMDZCMjQxMTk3M0FCOTMA",
                         *       "event_id": "example-2026-0001",
                         *       "po_id": "example-po-0001",
                         *       "po_number": "PO-2026-0001",
                         *       "revision": 1,
                         *       "supplier_id": "harinas-del-sur",
                         *       "supplier_name": "Harinas del Sur",
                         *       "accepted_at": "2026-11-27T18:56:32.521Z",
                         *       "sent_at": "2026-11-27T18:56:32.000Z",
                         *       "delivered_at": "2026-11-27T18:56:33.000Z",
                         *       "read_at": "2026-11-27T18:56:33.000Z",
                         *       "failed_at": null,
                         *       "expires_at": "2026-11-30T18:56:32.406Z",
                         *       "attempts": 1,
                         *       "cost": {
                         *         "amount": "0.0200",
                         *         "currency": "USD",
                         *         "category": "utility",
                         *         "billable": true
                         *       },
                         *       "pricing": {
                         *         "type": "regular",
                         *         "billable": true,
                         *         "category": "utility",
                         *         "pricing_model": "PMP"
                         *       },
                         *       "metadata": {
                         *         "items": [
                         *           {
                         *             "name": "Harina T55 25 kg",
                         *             "unit": "sack",
                         *             "quantity": 40,
                         *             "unit_price": "30.8625"
                         *           }
                         *         ],
                         *         "po_id": "example-po-0001",
                         *         "currency": "EUR",
                         *         "language": "es",
                         *         "revision": 1,
                         *         "po_number": "PO-2026-0001",
                         *         "supplier_id": "harinas-del-sur",
                         *         "total_amount": "1234.50",
                         *         "supplier_name": "Harinas del Sur",
                         *         "supplier_phone": "+34612345678",
                         *         "supplier_country": "ES",
                         *         "required_delivery_date": "2026-11-30"
                         *       },
                         *       "created_at": "2026-11-27T18:56:32.415Z",
                         *       "updated_at": "2026-11-27T18:56:33.930Z",
                         *       "provider_response": {
                         *         "contacts": [
                         *           {
                         *             "input": "+34612345678",
                         *             "wa_id": "34612345678"
                         *           }
                         *         ],
                         *         "messages": [
                         *           {
                         *             "id": "wamid.HBgLMzQ2MTIzNDU2NzgVAgARGBJCRkQzMDZCMjQxMTk3M0FCOTMA",
                         *             "message_status": "accepted"
                         *           }
                         *         ],
                         *         "messaging_product": "whatsapp"
                         *       },
                         *       "timeline": [
                         *         {
                         *           "at": "2026-11-27T18:56:32.415Z",
                         *           "meta_at": null,
                         *           "kind": "state",
                         *           "state": "queued"
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:32.421Z",
                         *           "meta_at": null,
                         *           "kind": "attempt",
                         *           "attempt": 1,
                         *           "outcome": "accepted",
                         *           "http_status": 200,
                         *           "error": null
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:32.701Z",
                         *           "meta_at": "2026-11-27T18:56:32.000Z",
                         *           "kind": "status",
                         *           "attempt": 1,
                         *           "status": "sent",
                         *           "error": null
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:33.487Z",
                         *           "meta_at": "2026-11-27T18:56:33.000Z",
                         *           "kind": "status",
                         *           "attempt": 1,
                         *           "status": "delivered",
                         *           "error": null
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:33.859Z",
                         *           "meta_at": "2026-11-27T18:56:33.000Z",
                         *           "kind": "status",
                         *           "attempt": 1,
                         *           "status": "read",
                         *           "error": null
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["Message"];
                    };
                };
                /** @description invalid_json */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description idempotency_in_progress */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description too_large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unsupported_media_type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description idempotency_mismatch, opted_out, template_not_found, template_parameters, unknown_tenant, validation_failed, window_closed */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/messages/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One message with its timeline */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "id": "01a21e5d-c842-719d-9564-e310abef2a25",
                         *       "tenant_id": "00000000-0000-0000-0000-000000000000",
                         *       "notification_id": null,
                         *       "batch_id": null,
                         *       "status": "READ",
                         *       "state": "read",
                         *       "hold_reason": null,
                         *       "error_code": null,
                         *       "error_message": null,
                         *       "remedy": null,
                         *       "message_type": "TEMPLATE",
                         *       "template_name": "po_notification",
                         *       "template_language": "es",
                         *       "template_parameters": [
                         *         "Harinas del Sur",
                         *         "PO-2026-0001",
                         *         "1.234,50 €"
                         *       ],
                         *       "recipient_phone": "+34612345678",
                         *       "recipient_input": "+34612345678",
                         *       "wa_id": "34612345678",
                         *       "whatsapp_message_id": "wamid.HBgLMzQ2MTIzNDU2NzgVAgARGBJCRkQzMDZCMjQxMTk3M0FCOTMA",
                         *       "event_id": "example-2026-0001",
                         *       "po_id": "example-po-0001",
                         *       "po_number": "PO-2026-0001",
                         *       "revision": 1,
                         *       "supplier_id": "harinas-del-sur",
                         *       "supplier_name": "Harinas del Sur",
                         *       "accepted_at": "2026-11-27T18:56:32.521Z",
                         *       "sent_at": "2026-11-27T18:56:32.000Z",
                         *       "delivered_at": "2026-11-27T18:56:33.000Z",
                         *       "read_at": "2026-11-27T18:56:33.000Z",
                         *       "failed_at": null,
                         *       "expires_at": "2026-11-30T18:56:32.406Z",
                         *       "attempts": 1,
                         *       "cost": {
                         *         "amount": "0.0200",
                         *         "currency": "USD",
                         *         "category": "utility",
                         *         "billable": true
                         *       },
                         *       "pricing": {
                         *         "type": "regular",
                         *         "billable": true,
                         *         "category": "utility",
                         *         "pricing_model": "PMP"
                         *       },
                         *       "metadata": {
                         *         "items": [
                         *           {
                         *             "name": "Harina T55 25 kg",
                         *             "unit": "sack",
                         *             "quantity": 40,
                         *             "unit_price": "30.8625"
                         *           }
                         *         ],
                         *         "po_id": "example-po-0001",
                         *         "currency": "EUR",
                         *         "language": "es",
                         *         "revision": 1,
                         *         "po_number": "PO-2026-0001",
                         *         "supplier_id": "harinas-del-sur",
                         *         "total_amount": "1234.50",
                         *         "supplier_name": "Harinas del Sur",
                         *         "supplier_phone": "+34612345678",
                         *         "supplier_country": "ES",
                         *         "required_delivery_date": "2026-11-30"
                         *       },
                         *       "created_at": "2026-11-27T18:56:32.415Z",
                         *       "updated_at": "2026-11-27T18:56:33.930Z",
                         *       "provider_response": {
                         *         "contacts": [
                         *           {
                         *             "input": "+34612345678",
                         *             "wa_id": "34612345678"
                         *           }
                         *         ],
                         *         "messages": [
                         *           {
                         *             "id": "wamid.HBgLMzQ2MTIzNDU2NzgVAgARGBJCRkQzMDZCMjQxMTk3M0FCOTMA",
                         *             "message_status": "accepted"
                         *           }
                         *         ],
                         *         "messaging_product": "whatsapp"
                         *       },
                         *       "timeline": [
                         *         {
                         *           "at": "2026-11-27T18:56:32.415Z",
                         *           "meta_at": null,
                         *           "kind": "state",
                         *           "state": "queued"
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:32.421Z",
                         *           "meta_at": null,
                         *           "kind": "attempt",
                         *           "attempt": 1,
                         *           "outcome": "accepted",
                         *           "http_status": 200,
                         *           "error": null
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:32.701Z",
                         *           "meta_at": "2026-11-27T18:56:32.000Z",
                         *           "kind": "status",
                         *           "attempt": 1,
                         *           "status": "sent",
                         *           "error": null
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:33.487Z",
                         *           "meta_at": "2026-11-27T18:56:33.000Z",
                         *           "kind": "status",
                         *           "attempt": 1,
                         *           "status": "delivered",
                         *           "error": null
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:33.859Z",
                         *           "meta_at": "2026-11-27T18:56:33.000Z",
                         *           "kind": "status",
                         *           "attempt": 1,
                         *           "status": "read",
                         *           "error": null
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["Message"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/gaps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Messages whose webhooks are missing, newest first
         * @description Taken by Meta, and no status came within AVISO_GAP_SECONDS (no_status), or no delivery within AVISO_UNDELIVERED_HOURS (undelivered). `answer` is what Meta's message_history said when it was asked.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Only those of which no status has come since */
                    open?: string;
                    kind?: "no_status" | "undelivered";
                    limit?: number;
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "message_id": "01a21e5d-c842-719d-9564-e310abef2a25",
                         *           "tenant_id": "00000000-0000-0000-0000-000000000000",
                         *           "kind": "no_status",
                         *           "whatsapp_message_id": "wamid.HBgLMzQ2MTIzNDU2NzgVAgARGBJCRkQzMDZCMjQxMTk3M0FCOTMA",
                         *           "accepted_at": "2026-11-27T18:56:32.521Z",
                         *           "found_at": "2026-11-27T20:00:00.000Z",
                         *           "asked_at": null,
                         *           "answer": null,
                         *           "closed_at": null
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["GapList"];
                    };
                };
                /** @description invalid_cursor, invalid_query */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/batches/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far a batch is */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "batch_id": "01a21e5e-e528-731d-af7a-d6cc499d28fd",
                         *       "state": "running",
                         *       "total": 2,
                         *       "rejected": 1,
                         *       "counts": {
                         *         "PENDING": 1,
                         *         "SENT": 0,
                         *         "DELIVERED": 0,
                         *         "READ": 1,
                         *         "FAILED": 0
                         *       },
                         *       "rate_per_second": null,
                         *       "estimated_end": "2026-11-27T18:57:46.978Z",
                         *       "created_at": "2026-11-27T18:57:45.281Z",
                         *       "finished_at": null
                         *     }
                         */
                        "application/json": components["schemas"]["Batch"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/batches/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send nothing more of a batch until it is resumed */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Taken, and durable */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "batch_id": "01a21e5e-e528-731d-af7a-d6cc499d28fd",
                         *       "state": "running",
                         *       "total": 2,
                         *       "rejected": 1,
                         *       "counts": {
                         *         "PENDING": 1,
                         *         "SENT": 0,
                         *         "DELIVERED": 0,
                         *         "READ": 1,
                         *         "FAILED": 0
                         *       },
                         *       "rate_per_second": null,
                         *       "estimated_end": "2026-11-27T18:57:46.978Z",
                         *       "created_at": "2026-11-27T18:57:45.281Z",
                         *       "finished_at": null
                         *     }
                         */
                        "application/json": components["schemas"]["Batch"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description invalid_state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/batches/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go on with a paused batch */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Taken, and durable */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "batch_id": "01a21e5e-e528-731d-af7a-d6cc499d28fd",
                         *       "state": "running",
                         *       "total": 2,
                         *       "rejected": 1,
                         *       "counts": {
                         *         "PENDING": 1,
                         *         "SENT": 0,
                         *         "DELIVERED": 0,
                         *         "READ": 1,
                         *         "FAILED": 0
                         *       },
                         *       "rate_per_second": null,
                         *       "estimated_end": "2026-11-27T18:57:46.978Z",
                         *       "created_at": "2026-11-27T18:57:45.281Z",
                         *       "finished_at": null
                         *     }
                         */
                        "application/json": components["schemas"]["Batch"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description invalid_state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/batches/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel what a batch has not sent yet */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Taken, and durable */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "batch_id": "01a21e5e-e528-731d-af7a-d6cc499d28fd",
                         *       "state": "running",
                         *       "total": 2,
                         *       "rejected": 1,
                         *       "counts": {
                         *         "PENDING": 1,
                         *         "SENT": 0,
                         *         "DELIVERED": 0,
                         *         "READ": 1,
                         *         "FAILED": 0
                         *       },
                         *       "rate_per_second": null,
                         *       "estimated_end": "2026-11-27T18:57:46.978Z",
                         *       "created_at": "2026-11-27T18:57:45.281Z",
                         *       "finished_at": null
                         *     }
                         */
                        "application/json": components["schemas"]["Batch"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description invalid_state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/messages/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Queue a failed, expired or canceled message again, with a new attempt
         * @description Recipient and template are looked up anew. Written to the audit table.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Taken, and durable */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "id": "01a21e5d-c842-719d-9564-e310abef2a25",
                         *       "tenant_id": "00000000-0000-0000-0000-000000000000",
                         *       "notification_id": null,
                         *       "batch_id": null,
                         *       "status": "READ",
                         *       "state": "read",
                         *       "hold_reason": null,
                         *       "error_code": null,
                         *       "error_message": null,
                         *       "remedy": null,
                         *       "message_type": "TEMPLATE",
                         *       "template_name": "po_notification",
                         *       "template_language": "es",
                         *       "template_parameters": [
                         *         "Harinas del Sur",
                         *         "PO-2026-0001",
                         *         "1.234,50 €"
                         *       ],
                         *       "recipient_phone": "+34612345678",
                         *       "recipient_input": "+34612345678",
                         *       "wa_id": "34612345678",
                         *       "whatsapp_message_id": "wamid.HBgLMzQ2MTIzNDU2NzgVAgARGBJCRkQzMDZCMjQxMTk3M0FCOTMA",
                         *       "event_id": "example-2026-0001",
                         *       "po_id": "example-po-0001",
                         *       "po_number": "PO-2026-0001",
                         *       "revision": 1,
                         *       "supplier_id": "harinas-del-sur",
                         *       "supplier_name": "Harinas del Sur",
                         *       "accepted_at": "2026-11-27T18:56:32.521Z",
                         *       "sent_at": "2026-11-27T18:56:32.000Z",
                         *       "delivered_at": "2026-11-27T18:56:33.000Z",
                         *       "read_at": "2026-11-27T18:56:33.000Z",
                         *       "failed_at": null,
                         *       "expires_at": "2026-11-30T18:56:32.406Z",
                         *       "attempts": 1,
                         *       "cost": {
                         *         "amount": "0.0200",
                         *         "currency": "USD",
                         *         "category": "utility",
                         *         "billable": true
                         *       },
                         *       "pricing": {
                         *         "type": "regular",
                         *         "billable": true,
                         *         "category": "utility",
                         *         "pricing_model": "PMP"
                         *       },
                         *       "metadata": {
                         *         "items": [
                         *           {
                         *             "name": "Harina T55 25 kg",
                         *             "unit": "sack",
                         *             "quantity": 40,
                         *             "unit_price": "30.8625"
                         *           }
                         *         ],
                         *         "po_id": "example-po-0001",
                         *         "currency": "EUR",
                         *         "language": "es",
                         *         "revision": 1,
                         *         "po_number": "PO-2026-0001",
                         *         "supplier_id": "harinas-del-sur",
                         *         "total_amount": "1234.50",
                         *         "supplier_name": "Harinas del Sur",
                         *         "supplier_phone": "+34612345678",
                         *         "supplier_country": "ES",
                         *         "required_delivery_date": "2026-11-30"
                         *       },
                         *       "created_at": "2026-11-27T18:56:32.415Z",
                         *       "updated_at": "2026-11-27T18:56:33.930Z",
                         *       "provider_response": {
                         *         "contacts": [
                         *           {
                         *             "input": "+34612345678",
                         *             "wa_id": "34612345678"
                         *           }
                         *         ],
                         *         "messages": [
                         *           {
                         *             "id": "wamid.HBgLMzQ2MTIzNDU2NzgVAgARGBJCRkQzMDZCMjQxMTk3M0FCOTMA",
                         *             "message_status": "accepted"
                         *           }
                         *         ],
                         *         "messaging_product": "whatsapp"
                         *       },
                         *       "timeline": [
                         *         {
                         *           "at": "2026-11-27T18:56:32.415Z",
                         *           "meta_at": null,
                         *           "kind": "state",
                         *           "state": "queued"
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:32.421Z",
                         *           "meta_at": null,
                         *           "kind": "attempt",
                         *           "attempt": 1,
                         *           "outcome": "accepted",
                         *           "http_status": 200,
                         *           "error": null
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:32.701Z",
                         *           "meta_at": "2026-11-27T18:56:32.000Z",
                         *           "kind": "status",
                         *           "attempt": 1,
                         *           "status": "sent",
                         *           "error": null
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:33.487Z",
                         *           "meta_at": "2026-11-27T18:56:33.000Z",
                         *           "kind": "status",
                         *           "attempt": 1,
                         *           "status": "delivered",
                         *           "error": null
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:33.859Z",
                         *           "meta_at": "2026-11-27T18:56:33.000Z",
                         *           "kind": "status",
                         *           "attempt": 1,
                         *           "status": "read",
                         *           "error": null
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["Message"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description invalid_state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/messages/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel a message that is not being sent yet */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Taken, and durable */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "id": "01a21e5d-c842-719d-9564-e310abef2a25",
                         *       "tenant_id": "00000000-0000-0000-0000-000000000000",
                         *       "notification_id": null,
                         *       "batch_id": null,
                         *       "status": "READ",
                         *       "state": "read",
                         *       "hold_reason": null,
                         *       "error_code": null,
                         *       "error_message": null,
                         *       "remedy": null,
                         *       "message_type": "TEMPLATE",
                         *       "template_name": "po_notification",
                         *       "template_language": "es",
                         *       "template_parameters": [
                         *         "Harinas del Sur",
                         *         "PO-2026-0001",
                         *         "1.234,50 €"
                         *       ],
                         *       "recipient_phone": "+34612345678",
                         *       "recipient_input": "+34612345678",
                         *       "wa_id": "34612345678",
                         *       "whatsapp_message_id": "wamid.HBgLMzQ2MTIzNDU2NzgVAgARGBJCRkQzMDZCMjQxMTk3M0FCOTMA",
                         *       "event_id": "example-2026-0001",
                         *       "po_id": "example-po-0001",
                         *       "po_number": "PO-2026-0001",
                         *       "revision": 1,
                         *       "supplier_id": "harinas-del-sur",
                         *       "supplier_name": "Harinas del Sur",
                         *       "accepted_at": "2026-11-27T18:56:32.521Z",
                         *       "sent_at": "2026-11-27T18:56:32.000Z",
                         *       "delivered_at": "2026-11-27T18:56:33.000Z",
                         *       "read_at": "2026-11-27T18:56:33.000Z",
                         *       "failed_at": null,
                         *       "expires_at": "2026-11-30T18:56:32.406Z",
                         *       "attempts": 1,
                         *       "cost": {
                         *         "amount": "0.0200",
                         *         "currency": "USD",
                         *         "category": "utility",
                         *         "billable": true
                         *       },
                         *       "pricing": {
                         *         "type": "regular",
                         *         "billable": true,
                         *         "category": "utility",
                         *         "pricing_model": "PMP"
                         *       },
                         *       "metadata": {
                         *         "items": [
                         *           {
                         *             "name": "Harina T55 25 kg",
                         *             "unit": "sack",
                         *             "quantity": 40,
                         *             "unit_price": "30.8625"
                         *           }
                         *         ],
                         *         "po_id": "example-po-0001",
                         *         "currency": "EUR",
                         *         "language": "es",
                         *         "revision": 1,
                         *         "po_number": "PO-2026-0001",
                         *         "supplier_id": "harinas-del-sur",
                         *         "total_amount": "1234.50",
                         *         "supplier_name": "Harinas del Sur",
                         *         "supplier_phone": "+34612345678",
                         *         "supplier_country": "ES",
                         *         "required_delivery_date": "2026-11-30"
                         *       },
                         *       "created_at": "2026-11-27T18:56:32.415Z",
                         *       "updated_at": "2026-11-27T18:56:33.930Z",
                         *       "provider_response": {
                         *         "contacts": [
                         *           {
                         *             "input": "+34612345678",
                         *             "wa_id": "34612345678"
                         *           }
                         *         ],
                         *         "messages": [
                         *           {
                         *             "id": "wamid.HBgLMzQ2MTIzNDU2NzgVAgARGBJCRkQzMDZCMjQxMTk3M0FCOTMA",
                         *             "message_status": "accepted"
                         *           }
                         *         ],
                         *         "messaging_product": "whatsapp"
                         *       },
                         *       "timeline": [
                         *         {
                         *           "at": "2026-11-27T18:56:32.415Z",
                         *           "meta_at": null,
                         *           "kind": "state",
                         *           "state": "queued"
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:32.421Z",
                         *           "meta_at": null,
                         *           "kind": "attempt",
                         *           "attempt": 1,
                         *           "outcome": "accepted",
                         *           "http_status": 200,
                         *           "error": null
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:32.701Z",
                         *           "meta_at": "2026-11-27T18:56:32.000Z",
                         *           "kind": "status",
                         *           "attempt": 1,
                         *           "status": "sent",
                         *           "error": null
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:33.487Z",
                         *           "meta_at": "2026-11-27T18:56:33.000Z",
                         *           "kind": "status",
                         *           "attempt": 1,
                         *           "status": "delivered",
                         *           "error": null
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:33.859Z",
                         *           "meta_at": "2026-11-27T18:56:33.000Z",
                         *           "kind": "status",
                         *           "attempt": 1,
                         *           "status": "read",
                         *           "error": null
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["Message"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description invalid_state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/messages/{id}/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say what became of an unconfirmed message
         * @description sent: it arrived; not_sent: it did not; resend: send it once more. Evidence of Meta that comes later still wins.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        as: "sent" | "not_sent" | "resend";
                    };
                };
            };
            responses: {
                /** @description Taken, and durable */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "id": "01a21e5d-c842-719d-9564-e310abef2a25",
                         *       "tenant_id": "00000000-0000-0000-0000-000000000000",
                         *       "notification_id": null,
                         *       "batch_id": null,
                         *       "status": "READ",
                         *       "state": "read",
                         *       "hold_reason": null,
                         *       "error_code": null,
                         *       "error_message": null,
                         *       "remedy": null,
                         *       "message_type": "TEMPLATE",
                         *       "template_name": "po_notification",
                         *       "template_language": "es",
                         *       "template_parameters": [
                         *         "Harinas del Sur",
                         *         "PO-2026-0001",
                         *         "1.234,50 €"
                         *       ],
                         *       "recipient_phone": "+34612345678",
                         *       "recipient_input": "+34612345678",
                         *       "wa_id": "34612345678",
                         *       "whatsapp_message_id": "wamid.HBgLMzQ2MTIzNDU2NzgVAgARGBJCRkQzMDZCMjQxMTk3M0FCOTMA",
                         *       "event_id": "example-2026-0001",
                         *       "po_id": "example-po-0001",
                         *       "po_number": "PO-2026-0001",
                         *       "revision": 1,
                         *       "supplier_id": "harinas-del-sur",
                         *       "supplier_name": "Harinas del Sur",
                         *       "accepted_at": "2026-11-27T18:56:32.521Z",
                         *       "sent_at": "2026-11-27T18:56:32.000Z",
                         *       "delivered_at": "2026-11-27T18:56:33.000Z",
                         *       "read_at": "2026-11-27T18:56:33.000Z",
                         *       "failed_at": null,
                         *       "expires_at": "2026-11-30T18:56:32.406Z",
                         *       "attempts": 1,
                         *       "cost": {
                         *         "amount": "0.0200",
                         *         "currency": "USD",
                         *         "category": "utility",
                         *         "billable": true
                         *       },
                         *       "pricing": {
                         *         "type": "regular",
                         *         "billable": true,
                         *         "category": "utility",
                         *         "pricing_model": "PMP"
                         *       },
                         *       "metadata": {
                         *         "items": [
                         *           {
                         *             "name": "Harina T55 25 kg",
                         *             "unit": "sack",
                         *             "quantity": 40,
                         *             "unit_price": "30.8625"
                         *           }
                         *         ],
                         *         "po_id": "example-po-0001",
                         *         "currency": "EUR",
                         *         "language": "es",
                         *         "revision": 1,
                         *         "po_number": "PO-2026-0001",
                         *         "supplier_id": "harinas-del-sur",
                         *         "total_amount": "1234.50",
                         *         "supplier_name": "Harinas del Sur",
                         *         "supplier_phone": "+34612345678",
                         *         "supplier_country": "ES",
                         *         "required_delivery_date": "2026-11-30"
                         *       },
                         *       "created_at": "2026-11-27T18:56:32.415Z",
                         *       "updated_at": "2026-11-27T18:56:33.930Z",
                         *       "provider_response": {
                         *         "contacts": [
                         *           {
                         *             "input": "+34612345678",
                         *             "wa_id": "34612345678"
                         *           }
                         *         ],
                         *         "messages": [
                         *           {
                         *             "id": "wamid.HBgLMzQ2MTIzNDU2NzgVAgARGBJCRkQzMDZCMjQxMTk3M0FCOTMA",
                         *             "message_status": "accepted"
                         *           }
                         *         ],
                         *         "messaging_product": "whatsapp"
                         *       },
                         *       "timeline": [
                         *         {
                         *           "at": "2026-11-27T18:56:32.415Z",
                         *           "meta_at": null,
                         *           "kind": "state",
                         *           "state": "queued"
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:32.421Z",
                         *           "meta_at": null,
                         *           "kind": "attempt",
                         *           "attempt": 1,
                         *           "outcome": "accepted",
                         *           "http_status": 200,
                         *           "error": null
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:32.701Z",
                         *           "meta_at": "2026-11-27T18:56:32.000Z",
                         *           "kind": "status",
                         *           "attempt": 1,
                         *           "status": "sent",
                         *           "error": null
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:33.487Z",
                         *           "meta_at": "2026-11-27T18:56:33.000Z",
                         *           "kind": "status",
                         *           "attempt": 1,
                         *           "status": "delivered",
                         *           "error": null
                         *         },
                         *         {
                         *           "at": "2026-11-27T18:56:33.859Z",
                         *           "meta_at": "2026-11-27T18:56:33.000Z",
                         *           "kind": "status",
                         *           "attempt": 1,
                         *           "status": "read",
                         *           "error": null
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["Message"];
                    };
                };
                /** @description invalid_json */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description invalid_state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description too_large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unsupported_media_type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description validation_failed */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/messages/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send or cancel what waits as backlog_not_released
         * @description What was held by ENABLE_WHATSAPP_NOTIFICATIONS=false for longer than AVISO_BACKLOG_MINUTES waits for this. With dry_run it is only counted.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        hold_reason: "backlog_not_released";
                        /**
                         * @default send
                         * @enum {string}
                         */
                        decision?: "send" | "cancel";
                        /**
                         * Format: date-time
                         * @description created_at, inclusive
                         */
                        created_from?: string;
                        /**
                         * Format: date-time
                         * @description created_at, exclusive
                         */
                        created_to?: string;
                        /**
                         * @description Only count
                         * @default false
                         */
                        dry_run?: boolean;
                    };
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "matching": 12,
                         *       "oldest_at": "2026-11-26T08:00:00.000Z",
                         *       "newest_at": "2026-11-27T09:30:00.000Z",
                         *       "done": 0
                         *     }
                         */
                        "application/json": components["schemas"]["ReleaseResult"];
                    };
                };
                /** @description invalid_json */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description too_large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unsupported_media_type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description validation_failed */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rejected-events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What could not be understood, newest first
         * @description A page may be shorter than its limit where its events are large.
         */
        get: {
            parameters: {
                query?: {
                    source?: "rabbitmq" | "http" | "webhook";
                    code?: "invalid_json" | "validation_failed" | "unknown_tenant" | "conflict" | "too_large" | "unsupported_version";
                    limit?: number;
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "id": "01a21e5e-fab4-72dd-a132-0d09f0dae86d",
                         *           "received_at": "2026-11-27T18:57:50.780Z",
                         *           "source": "http",
                         *           "tenant_id": "00000000-0000-0000-0000-000000000000",
                         *           "event_id": "e2",
                         *           "code": "validation_failed",
                         *           "detail": "the event is not valid: data.currency",
                         *           "errors": [
                         *             {
                         *               "code": "unsupported_value",
                         *               "field": "data.currency",
                         *               "detail": "is not a currency code of ISO 4217",
                         *               "remedy": "Send three capital letters, such as EUR or USD."
                         *             }
                         *           ],
                         *           "raw": "eyJldmVudF9pZCI6ImUyIn0=",
                         *           "headers": {
                         *             "content-type": "application/json"
                         *           },
                         *           "replayed_at": null,
                         *           "message_id": null
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["RejectedEventList"];
                    };
                };
                /** @description invalid_cursor, invalid_query */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rejected-events/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One event or webhook body that could not be understood */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "id": "01a21e5e-fab4-72dd-a132-0d09f0dae86d",
                         *       "received_at": "2026-11-27T18:57:50.780Z",
                         *       "source": "http",
                         *       "tenant_id": "00000000-0000-0000-0000-000000000000",
                         *       "event_id": "e2",
                         *       "code": "validation_failed",
                         *       "detail": "the event is not valid: data.currency",
                         *       "errors": [
                         *         {
                         *           "code": "unsupported_value",
                         *           "field": "data.currency",
                         *           "detail": "is not a currency code of ISO 4217",
                         *           "remedy": "Send three capital letters, such as EUR or USD."
                         *         }
                         *       ],
                         *       "raw": "eyJldmVudF9pZCI6ImUyIn0=",
                         *       "headers": {
                         *         "content-type": "application/json"
                         *       },
                         *       "replayed_at": null,
                         *       "message_id": null
                         *     }
                         */
                        "application/json": components["schemas"]["RejectedEvent"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rejected-events/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take it once more, after its cause was mended */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Taken, and durable */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "message_id": "01a21e5d-c842-719d-9564-e310abef2a25",
                         *       "status": "PENDING",
                         *       "duplicate": false
                         *     }
                         */
                        "application/json": components["schemas"]["ReplayResult"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description conflict */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unknown_tenant, unsupported_version, validation_failed */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/templates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Meta's templates as the registry has them, newest first */
        get: {
            parameters: {
                query?: {
                    name?: string;
                    /** @description Without it all but DELETED */
                    status?: string;
                    language?: string;
                    category?: string;
                    template_key?: string;
                    limit?: number;
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "id": "01a21e5d-bb68-73a9-8fa8-7d515a9457b2",
                         *           "template_name": "po_notification",
                         *           "template_key": "po_approved",
                         *           "category": "UTILITY",
                         *           "language": "es",
                         *           "status": "APPROVED",
                         *           "body_text": "Hola, {{1}}: el pedido {{2}}, por un total de {{3}}, está aprobado. Ya puede empezar a prepararlo.",
                         *           "parameter_count": 3,
                         *           "parameter_format": "POSITIONAL",
                         *           "sent_count": 7,
                         *           "is_active": true,
                         *           "meta_id": "93972340175419387",
                         *           "quality": "UNKNOWN",
                         *           "components": [
                         *             {
                         *               "text": "Hola, {{1}}: el pedido {{2}}, por un total de {{3}}, está aprobado. Ya puede empezar a prepararlo.",
                         *               "type": "BODY",
                         *               "example": {
                         *                 "body_text": [
                         *                   [
                         *                     "Harinas del Sur",
                         *                     "PO-2026-0042",
                         *                     "1.234,50 €"
                         *                   ]
                         *                 ]
                         *               }
                         *             }
                         *           ],
                         *           "rejected_reason": null,
                         *           "previous_category": null,
                         *           "correct_category": null,
                         *           "synced_at": "2026-11-27T18:58:06.972Z",
                         *           "created_at": "2026-11-27T18:56:29.042Z",
                         *           "updated_at": "2026-11-27T18:56:29.042Z"
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["TemplateList"];
                    };
                };
                /** @description invalid_cursor, invalid_query */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Submit a template to Meta
         * @description It is checked first, as lint does: an error is refused with 422 and nothing goes to Meta. A review takes minutes, or up to a day. A template of orders that Meta puts into another category than the one asked for is not active.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TemplateDraft"];
                };
            };
            responses: {
                /** @description Made */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "id": "01a21e5d-bb68-73a9-8fa8-7d515a9457b2",
                         *       "template_name": "po_notification",
                         *       "template_key": "po_approved",
                         *       "category": "UTILITY",
                         *       "language": "es",
                         *       "status": "PENDING",
                         *       "body_text": "Hola, {{1}}: el pedido {{2}}, por un total de {{3}}, está aprobado. Ya puede empezar a prepararlo.",
                         *       "parameter_count": 3,
                         *       "parameter_format": "POSITIONAL",
                         *       "sent_count": 0,
                         *       "is_active": true,
                         *       "meta_id": "93972340175419387",
                         *       "quality": null,
                         *       "components": [
                         *         {
                         *           "text": "Hola, {{1}}: el pedido {{2}}, por un total de {{3}}, está aprobado. Ya puede empezar a prepararlo.",
                         *           "type": "BODY",
                         *           "example": {
                         *             "body_text": [
                         *               [
                         *                 "Harinas del Sur",
                         *                 "PO-2026-0042",
                         *                 "1.234,50 €"
                         *               ]
                         *             ]
                         *           }
                         *         }
                         *       ],
                         *       "rejected_reason": null,
                         *       "previous_category": null,
                         *       "correct_category": null,
                         *       "synced_at": "2026-11-27T18:58:06.972Z",
                         *       "created_at": "2026-11-27T18:56:29.042Z",
                         *       "updated_at": "2026-11-27T18:56:29.042Z",
                         *       "findings": []
                         *     }
                         */
                        "application/json": components["schemas"]["WrittenTemplate"];
                    };
                };
                /** @description invalid_json */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description invalid_state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description too_large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unsupported_media_type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description validation_failed */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description rate_limited */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/templates/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One template in one language */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "id": "01a21e5d-bb68-73a9-8fa8-7d515a9457b2",
                         *       "template_name": "po_notification",
                         *       "template_key": "po_approved",
                         *       "category": "UTILITY",
                         *       "language": "es",
                         *       "status": "APPROVED",
                         *       "body_text": "Hola, {{1}}: el pedido {{2}}, por un total de {{3}}, está aprobado. Ya puede empezar a prepararlo.",
                         *       "parameter_count": 3,
                         *       "parameter_format": "POSITIONAL",
                         *       "sent_count": 7,
                         *       "is_active": true,
                         *       "meta_id": "93972340175419387",
                         *       "quality": "UNKNOWN",
                         *       "components": [
                         *         {
                         *           "text": "Hola, {{1}}: el pedido {{2}}, por un total de {{3}}, está aprobado. Ya puede empezar a prepararlo.",
                         *           "type": "BODY",
                         *           "example": {
                         *             "body_text": [
                         *               [
                         *                 "Harinas del Sur",
                         *                 "PO-2026-0042",
                         *                 "1.234,50 €"
                         *               ]
                         *             ]
                         *           }
                         *         }
                         *       ],
                         *       "rejected_reason": null,
                         *       "previous_category": null,
                         *       "correct_category": null,
                         *       "synced_at": "2026-11-27T18:58:06.972Z",
                         *       "created_at": "2026-11-27T18:56:29.042Z",
                         *       "updated_at": "2026-11-27T18:56:29.042Z"
                         *     }
                         */
                        "application/json": components["schemas"]["Template"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /**
         * Edit a template
         * @description Meta takes an edit while a template is APPROVED (once a day, ten times in thirty days, never its category), REJECTED or PAUSED, and reviews it again; what waits for it is held meanwhile. template_key and is_active are ours and ask nothing of Meta.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TemplateEdit"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "id": "01a21e5d-bb68-73a9-8fa8-7d515a9457b2",
                         *       "template_name": "po_notification",
                         *       "template_key": "po_approved",
                         *       "category": "UTILITY",
                         *       "language": "es",
                         *       "status": "PENDING",
                         *       "body_text": "Hola, {{1}}: el pedido {{2}}, por un total de {{3}}, está aprobado. Ya puede empezar a prepararlo.",
                         *       "parameter_count": 3,
                         *       "parameter_format": "POSITIONAL",
                         *       "sent_count": 0,
                         *       "is_active": true,
                         *       "meta_id": "93972340175419387",
                         *       "quality": null,
                         *       "components": [
                         *         {
                         *           "text": "Hola, {{1}}: el pedido {{2}}, por un total de {{3}}, está aprobado. Ya puede empezar a prepararlo.",
                         *           "type": "BODY",
                         *           "example": {
                         *             "body_text": [
                         *               [
                         *                 "Harinas del Sur",
                         *                 "PO-2026-0042",
                         *                 "1.234,50 €"
                         *               ]
                         *             ]
                         *           }
                         *         }
                         *       ],
                         *       "rejected_reason": null,
                         *       "previous_category": null,
                         *       "correct_category": null,
                         *       "synced_at": "2026-11-27T18:58:06.972Z",
                         *       "created_at": "2026-11-27T18:56:29.042Z",
                         *       "updated_at": "2026-11-27T18:56:29.042Z",
                         *       "findings": []
                         *     }
                         */
                        "application/json": components["schemas"]["WrittenTemplate"];
                    };
                };
                /** @description invalid_json */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description invalid_state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description too_large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unsupported_media_type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description validation_failed */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description rate_limited */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        /**
         * Delete a template at Meta, and say what follows from it
         * @description With dry_run=true nothing is deleted, and the answer says what would follow.
         */
        delete: {
            parameters: {
                query?: {
                    /** @description The whole name, not this language alone */
                    all_languages?: "true" | "false";
                    /** @description Only tell what would follow */
                    dry_run?: "true" | "false";
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "deleted": true,
                         *       "template_name": "po_ready",
                         *       "languages": [
                         *         "es"
                         *       ],
                         *       "consequences": [
                         *         {
                         *           "code": "name_rests",
                         *           "detail": "Meta does not take the name po_ready again for 30 days. To change the words, edit it, or create po_ready_v2."
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["DeletedTemplate"];
                    };
                };
                /** @description invalid_query */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description invalid_state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description validation_failed */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description rate_limited */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /**
         * Edit a template
         * @description Meta takes an edit while a template is APPROVED (once a day, ten times in thirty days, never its category), REJECTED or PAUSED, and reviews it again; what waits for it is held meanwhile. template_key and is_active are ours and ask nothing of Meta.
         */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TemplateEdit"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "id": "01a21e5d-bb68-73a9-8fa8-7d515a9457b2",
                         *       "template_name": "po_notification",
                         *       "template_key": "po_approved",
                         *       "category": "UTILITY",
                         *       "language": "es",
                         *       "status": "PENDING",
                         *       "body_text": "Hola, {{1}}: el pedido {{2}}, por un total de {{3}}, está aprobado. Ya puede empezar a prepararlo.",
                         *       "parameter_count": 3,
                         *       "parameter_format": "POSITIONAL",
                         *       "sent_count": 0,
                         *       "is_active": true,
                         *       "meta_id": "93972340175419387",
                         *       "quality": null,
                         *       "components": [
                         *         {
                         *           "text": "Hola, {{1}}: el pedido {{2}}, por un total de {{3}}, está aprobado. Ya puede empezar a prepararlo.",
                         *           "type": "BODY",
                         *           "example": {
                         *             "body_text": [
                         *               [
                         *                 "Harinas del Sur",
                         *                 "PO-2026-0042",
                         *                 "1.234,50 €"
                         *               ]
                         *             ]
                         *           }
                         *         }
                         *       ],
                         *       "rejected_reason": null,
                         *       "previous_category": null,
                         *       "correct_category": null,
                         *       "synced_at": "2026-11-27T18:58:06.972Z",
                         *       "created_at": "2026-11-27T18:56:29.042Z",
                         *       "updated_at": "2026-11-27T18:56:29.042Z",
                         *       "findings": []
                         *     }
                         */
                        "application/json": components["schemas"]["WrittenTemplate"];
                    };
                };
                /** @description invalid_json */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description invalid_state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description too_large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unsupported_media_type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description validation_failed */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description rate_limited */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/whatsapp/templates/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happened to a template, newest first
         * @description Statuses and categories that Meta changed, and what people created, edited, deleted or chose. Of a category that became another one it says what that costs.
         */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    cursor?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "id": "01a21e5f-0095-741e-9003-4f1db21a7493",
                         *           "at": "2026-11-27T18:57:52.285Z",
                         *           "kind": "status",
                         *           "actor": null,
                         *           "detail": {
                         *             "to": "APPROVED",
                         *             "from": "PENDING",
                         *             "rejected_reason": null
                         *           },
                         *           "cost": null
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["TemplateEventList"];
                    };
                };
                /** @description invalid_cursor, invalid_query */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/templates/lint": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What Meta would refuse of a template, and what would go wrong with it later
         * @description Nothing is sent to Meta. docs/templates.md lists the rules.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TemplateDraft"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "findings": [
                         *         {
                         *           "rule": "variable_at_edge",
                         *           "severity": "error",
                         *           "path": "components[0].text",
                         *           "detail": "begins or ends with a variable (2388299)",
                         *           "remedy": "Put words before the first and after the last variable."
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["LintResult"];
                    };
                };
                /** @description invalid_json */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description too_large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unsupported_media_type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description validation_failed */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/templates/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Read Meta's list now, and say what has changed
         * @description It is read by itself at the start, every ten minutes, and after a webhook of a template. Ten reads at once, then one each two minutes: Meta counts them by the hour.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "templates": 10,
                         *       "created": 0,
                         *       "deleted": 0,
                         *       "changes": []
                         *     }
                         */
                        "application/json": components["schemas"]["TemplateSync"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description rate_limited */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/suppliers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Suppliers, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description supplier_id or phone exactly, name by its beginning */
                    q?: string;
                    tenant_id?: string;
                    limit?: number;
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "supplier_id": "harinas",
                         *           "tenant_id": "00000000-0000-0000-0000-000000000000",
                         *           "name": "Harinas del Sur",
                         *           "phones": [
                         *             "+34612345678"
                         *           ],
                         *           "language": "es",
                         *           "email": "pedidos@harinas.example",
                         *           "opted_out_at": null,
                         *           "metadata": null,
                         *           "created_at": "2026-11-27T18:57:48.637Z",
                         *           "updated_at": "2026-11-27T18:57:48.637Z"
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["SupplierList"];
                    };
                };
                /** @description invalid_cursor, invalid_query */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/suppliers/{supplier_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One supplier */
        get: {
            parameters: {
                query?: {
                    /** @description For keys of all tenants; else the default tenant */
                    tenant_id?: string;
                };
                header?: never;
                path: {
                    supplier_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "supplier_id": "harinas",
                         *       "tenant_id": "00000000-0000-0000-0000-000000000000",
                         *       "name": "Harinas del Sur",
                         *       "phones": [
                         *         "+34612345678"
                         *       ],
                         *       "language": "es",
                         *       "email": "pedidos@harinas.example",
                         *       "opted_out_at": null,
                         *       "metadata": null,
                         *       "created_at": "2026-11-27T18:57:48.637Z",
                         *       "updated_at": "2026-11-27T18:57:48.637Z"
                         *     }
                         */
                        "application/json": components["schemas"]["Supplier"];
                    };
                };
                /** @description invalid_query */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /**
         * Write a supplier: the whole of it
         * @description What is left out is empty afterwards, but for the opt-out, which stays. "opted_out_at": null takes an opt-out back.
         */
        put: {
            parameters: {
                query?: {
                    /** @description For keys of all tenants; else the default tenant */
                    tenant_id?: string;
                };
                header?: never;
                path: {
                    supplier_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SupplierBody"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "supplier_id": "harinas",
                         *       "tenant_id": "00000000-0000-0000-0000-000000000000",
                         *       "name": "Harinas del Sur",
                         *       "phones": [
                         *         "+34612345678"
                         *       ],
                         *       "language": "es",
                         *       "email": "pedidos@harinas.example",
                         *       "opted_out_at": null,
                         *       "metadata": null,
                         *       "created_at": "2026-11-27T18:57:48.637Z",
                         *       "updated_at": "2026-11-27T18:57:48.637Z"
                         *     }
                         */
                        "application/json": components["schemas"]["Supplier"];
                    };
                };
                /** @description Made */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "supplier_id": "harinas",
                         *       "tenant_id": "00000000-0000-0000-0000-000000000000",
                         *       "name": "Harinas del Sur",
                         *       "phones": [
                         *         "+34612345678"
                         *       ],
                         *       "language": "es",
                         *       "email": "pedidos@harinas.example",
                         *       "opted_out_at": null,
                         *       "metadata": null,
                         *       "created_at": "2026-11-27T18:57:48.637Z",
                         *       "updated_at": "2026-11-27T18:57:48.637Z"
                         *     }
                         */
                        "application/json": components["schemas"]["Supplier"];
                    };
                };
                /** @description invalid_json, invalid_query */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description too_large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unsupported_media_type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description validation_failed */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        /**
         * Take a supplier out of the directory
         * @description An opt-out stays: it is given up by PUT with "opted_out_at": null alone.
         */
        delete: {
            parameters: {
                query?: {
                    /** @description For keys of all tenants; else the default tenant */
                    tenant_id?: string;
                };
                header?: never;
                path: {
                    supplier_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done; there is nothing to say */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description invalid_query */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What became of messages, how fast, and what it cost
         * @description By created_at. Counts and money are exact; durations are within 5 %. Times ascending, other groups by their number of messages. Hours: 100 days at most, by default the last 31. format=csv answers with text/csv.
         */
        get: {
            parameters: {
                query?: {
                    /** @description created_at, inclusive */
                    from?: string;
                    /** @description created_at, exclusive */
                    to?: string;
                    group_by?: "none" | "hour" | "day" | "template" | "supplier" | "tenant";
                    /** @description Of one tenant, for keys of all tenants */
                    tenant_id?: string;
                    /** @description Groups at most */
                    limit?: number;
                    format?: "json" | "csv";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "from": null,
                         *       "to": null,
                         *       "group_by": "day",
                         *       "groups": [
                         *         {
                         *           "key": "2026-11-27T00:00:00Z",
                         *           "total": 14,
                         *           "counts": {
                         *             "PENDING": 0,
                         *             "SENT": 0,
                         *             "DELIVERED": 0,
                         *             "READ": 10,
                         *             "FAILED": 4
                         *           },
                         *           "delivery_rate": 0.8333333333333334,
                         *           "read_rate": 1,
                         *           "seconds_to_deliver": {
                         *             "median": 0.374,
                         *             "p95": 0.489
                         *           },
                         *           "seconds_to_read": {
                         *             "median": 0.489,
                         *             "p95": 0.879
                         *           },
                         *           "failures": [
                         *             {
                         *               "error_code": "131026",
                         *               "count": 2
                         *             },
                         *             {
                         *               "error_code": "canceled",
                         *               "count": 1
                         *             },
                         *             {
                         *               "error_code": "no_phone",
                         *               "count": 1
                         *             }
                         *           ],
                         *           "billable": 10,
                         *           "cost": [
                         *             {
                         *               "currency": "USD",
                         *               "amount": "0.2052"
                         *             }
                         *           ],
                         *           "free": [],
                         *           "unpriced": 0,
                         *           "conversations": 0
                         *         }
                         *       ],
                         *       "omitted": 0
                         *     }
                         */
                        "application/json": components["schemas"]["Stats"];
                        /**
                         * @example key,total,pending
                         *     ,10,1
                         */
                        "text/csv": string;
                    };
                };
                /** @description invalid_query */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/stats/forecast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a month has cost so far, and will have cost at its end
         * @description For each day that is left, the mean of the same weekday in the last 4 weeks. Messages count on the day they were created.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Such as 2026-11; default: this month, in UTC */
                    month?: string;
                    /** @description Of one tenant, for keys of all tenants */
                    tenant_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "month": "2026-11",
                         *       "so_far": {
                         *         "billable": 10,
                         *         "cost": [
                         *           {
                         *             "currency": "USD",
                         *             "amount": "0.2052"
                         *           }
                         *         ]
                         *       },
                         *       "forecast": {
                         *         "billable": 10,
                         *         "cost": [
                         *           {
                         *             "currency": "USD",
                         *             "amount": "0.2052"
                         *           }
                         *         ]
                         *       },
                         *       "rate_card": {
                         *         "source": "Meta's rate card of 2026-10-01",
                         *         "read_on": "2026-11-22"
                         *       }
                         *     }
                         */
                        "application/json": components["schemas"]["CostForecast"];
                    };
                };
                /** @description invalid_query */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/messages/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Changes of messages as server-sent events
         * @description Event `message`; resumable by Last-Event-ID over the last ten minutes. An event from shortly before it may come twice. Where very much was missed, the stream ends after a part of it: resume it once more, and it goes on from there. It ends within 20 seconds when its key is revoked or expires.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example id: 1795805877150-1
                         *     event: message
                         *     data: {"id":"01a21e5e-…","state":"read"}
                         */
                        "text/event-stream": string;
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description invalid_request */
                406: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description rate_limited */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The before-going-live checklist; administrators only
         * @description Each check is a real call; the answer may take some seconds, with a test message up to a minute.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["DoctorRequest"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "ok": true,
                         *       "checks": [
                         *         {
                         *           "name": "token",
                         *           "result": "ok",
                         *           "detail": "valid, does not expire, has both permissions",
                         *           "remedy": null,
                         *           "guide": null
                         *         },
                         *         {
                         *           "name": "database",
                         *           "result": "warning",
                         *           "detail": "the embedded database is in use",
                         *           "remedy": "Set DATABASE_URL to a PostgreSQL: the embedded database serves one process.",
                         *           "guide": "docs/setup-guide.md#database"
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["DoctorReport"];
                    };
                };
                /** @description invalid_json */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description too_large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unsupported_media_type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description validation_failed */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/webhook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Meta's verification of the webhook address */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /** @example 1158201444 */
                        "text/plain": string;
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Meta's events; answered with 200 only after they are durable */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": Record<string, never>;
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description too_large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * An approved purchase order
         * @description Plain, or in a CloudEvents 1.0 envelope (structured or binary).
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PurchaseOrderEvent"];
                    "application/cloudevents+json": Record<string, never>;
                };
            };
            responses: {
                /** @description Taken, and durable */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "message_id": "01a21e5d-c842-719d-9564-e310abef2a25",
                         *       "status": "PENDING",
                         *       "duplicate": false
                         *     }
                         */
                        "application/json": components["schemas"]["EventResult"];
                    };
                };
                /** @description invalid_json */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description conflict */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description too_large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unsupported_media_type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unknown_tenant, unsupported_version, validation_failed */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/messages/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send up to 10,000 messages
         * @description JSON, or JSON lines (application/x-ndjson) with the settings in the address. What is wrong with one message stops no other; the whole request is one transaction.
         */
        post: {
            parameters: {
                query?: {
                    /** @description For JSON lines */
                    stop_when_failed_share?: string;
                    /** @description For JSON lines */
                    rate_per_second?: string;
                };
                header?: {
                    /** @description The same key and body is answered with the first message, and nothing is sent again; kept 48 hours */
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["BulkRequest"];
                    "application/x-ndjson": string;
                };
            };
            responses: {
                /** @description Taken, and durable */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "batch_id": "01a21e5e-e528-731d-af7a-d6cc499d28fd",
                         *       "accepted": 2,
                         *       "rejected": [
                         *         {
                         *           "index": 1,
                         *           "code": "validation_failed",
                         *           "detail": "to cannot be read as a phone number, and is no business-scoped user id. Write the number with + and its country code, such as +34612345678, or set AVISO_DEFAULT_COUNTRY."
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["BulkResult"];
                    };
                };
                /** @description invalid_json, invalid_query */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description idempotency_in_progress */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description too_large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unsupported_media_type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description idempotency_mismatch, unknown_tenant, validation_failed */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whatsapp/templates/samples": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload the sample of a header's file
         * @description The body is the file: application/pdf, image/jpeg, image/png or video/mp4, up to 16 MB. The handle goes into example.header_handle of the header.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/pdf": string;
                    "image/jpeg": string;
                    "image/png": string;
                    "video/mp4": string;
                };
            };
            responses: {
                /** @description Made */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "handle": "4::aW1hZ2UvcG5n",
                         *       "mime_type": "image/png"
                         *     }
                         */
                        "application/json": components["schemas"]["TemplateSample"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description invalid_state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description too_large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unsupported_media_type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description validation_failed */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description rate_limited */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/suppliers/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import suppliers: CSV or JSON
         * @description CSV in UTF-8 with the header supplier_id,name,phone,language,email,opted_out, separated by "," or ";"; or a JSON list of suppliers. Bad lines are reported and do not stop the good ones; the same import again changes nothing. What is left out stays as it is, and no import takes an opt-out back.
         */
        post: {
            parameters: {
                query?: {
                    /** @description For keys of all tenants; else the default tenant */
                    tenant_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "text/csv": string;
                    "application/json": Record<string, never>[];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "created": 1,
                         *       "updated": 0,
                         *       "unchanged": 0,
                         *       "rejected": [
                         *         {
                         *           "line": 3,
                         *           "code": "wrong_type",
                         *           "detail": "opted_out is not true or false. Send true or false."
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["SupplierImport"];
                    };
                };
                /** @description invalid_json, invalid_query */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description too_large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unsupported_media_type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description validation_failed */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** API keys, newest first */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "id": "01a21e5f-038d-7121-af01-954cb7c06686",
                         *           "name": "erp",
                         *           "role": "ingest",
                         *           "tenant_id": "00000000-0000-0000-0000-000000000000",
                         *           "prefix": "aviso_OaXFUG",
                         *           "created_at": "2026-11-27T18:57:53.038Z",
                         *           "last_used_at": null,
                         *           "expires_at": null
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["ApiKeyList"];
                    };
                };
                /** @description invalid_cursor, invalid_query */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Make an API key; it is shown once */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name: string;
                        /** @enum {string} */
                        role: "admin" | "operator" | "viewer" | "ingest";
                        tenant_id?: string | null;
                        expires_at?: string | null;
                    };
                };
            };
            responses: {
                /** @description Made */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "id": "01a21e5f-038d-7121-af01-954cb7c06686",
                         *       "name": "erp",
                         *       "role": "ingest",
                         *       "tenant_id": "00000000-0000-0000-0000-000000000000",
                         *       "prefix": "aviso_OaXFUG",
                         *       "created_at": "2026-11-27T18:57:53.038Z",
                         *       "last_used_at": null,
                         *       "expires_at": null,
                         *       "key": "aviso_an-example-and-no-key"
                         *     }
                         */
                        "application/json": components["schemas"]["NewApiKey"];
                    };
                };
                /** @description invalid_json */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description too_large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unsupported_media_type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description validation_failed */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an API key; it takes effect within 5 seconds */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done; there is nothing to say */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description unauthorized */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description forbidden */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description not_found */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description internal */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description unavailable */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ApiKey: {
            id: string;
            name: string;
            /** @enum {string} */
            role: "admin" | "operator" | "viewer" | "ingest";
            tenant_id: string | null;
            prefix: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            created_at: string;
            last_used_at: string | null;
            expires_at: string | null;
        };
        ApiKeyList: {
            data: components["schemas"]["ApiKey"][];
            next_cursor: string | null;
        };
        Batch: {
            batch_id: string;
            /** @enum {string} */
            state: "running" | "paused" | "stopped" | "canceled" | "done";
            /** @description Of the accepted ones */
            total: number;
            rejected: number;
            counts: {
                PENDING: number;
                SENT: number;
                DELIVERED: number;
                READ: number;
                FAILED: number;
            };
            /** @description At most; null = no limit */
            rate_per_second: number | null;
            estimated_end: string | null;
            /** Format: date-time */
            created_at: string;
            finished_at: string | null;
        };
        BulkRequest: {
            /** @description Stops when more than this share of the messages failed; 0.1 = a tenth */
            stop_when_failed_share?: number | null;
            /** @description At most; the number's own limit stays */
            rate_per_second?: number | null;
            messages: components["schemas"]["MessageRequest"][];
        };
        BulkResult: {
            batch_id: string;
            accepted: number;
            rejected: {
                index: number;
                code: string;
                detail: string;
            }[];
        };
        CategoryCost: {
            /** @description Before the change, whose messages were counted */
            days: number;
            /** @description Of the caller’s tenant, or of all: delivered with the template, in all its languages, where the rate card has prices */
            messages: number;
            currency: string;
            /** @description What they cost together */
            was: string;
            /** @description What they would have cost */
            becomes: string;
            /** @description The difference; begins with "-" where it is cheaper */
            more: string;
            /** @description Those with the most messages first */
            markets: {
                market: string;
                messages: number;
                /** @description Of one message */
                was: string;
                /** @description Of one message */
                becomes: string;
            }[];
        };
        Cost: {
            amount: string;
            currency: string;
            category: string;
            billable: boolean;
        };
        CostForecast: {
            month: string;
            so_far: {
                billable: number;
                cost: {
                    currency: string;
                    amount: string;
                }[];
            };
            /** @description At the end of the month */
            forecast: {
                billable: number;
                cost: {
                    currency: string;
                    amount: string;
                }[];
            };
            rate_card: {
                source: string;
                read_on: string;
            };
        };
        DeletedTemplate: {
            /** @description False: it was only asked what would follow */
            deleted: boolean;
            template_name: string;
            languages: string[];
            consequences: {
                /** @enum {string} */
                code: "name_rests" | "messages_held" | "under_way" | "orders_change" | "orders_held";
                detail: string;
            }[];
        };
        DoctorReport: {
            /** @description Nothing failed */
            ok: boolean;
            checks: {
                /** @enum {string} */
                name: "environment" | "migrations" | "database" | "broker" | "business_account" | "token" | "app_secret" | "phone_number" | "templates" | "webhook_address" | "webhook_signature" | "webhook_subscription" | "webhook_received" | "test_message" | "supplier_phones" | "metrics";
                /** @enum {string} */
                result: "ok" | "warning" | "failed" | "skipped";
                detail: string;
                remedy: string | null;
                /** @description Where the set-up guide helps */
                guide: string | null;
            }[];
        };
        DoctorRequest: {
            /** @description A phone number that gets a test message; its webhook is waited for */
            send_test?: string | null;
        } | null;
        EventResult: {
            message_id: string;
            /** @description Null: a repetition of an event whose message is older than messages are kept (AVISO_RETENTION_DAYS). */
            status: ("PENDING" | "SENT" | "DELIVERED" | "READ" | "FAILED") | null;
            duplicate: boolean;
        };
        Finding: {
            rule: string;
            /**
             * @description error: Meta refuses it, or orders cannot be sent with it
             * @enum {string}
             */
            severity: "error" | "warning" | "info";
            /** @description From the body's root, as components[0].text; empty for the body itself */
            path: string;
            detail: string;
            remedy: string;
        };
        Gap: {
            message_id: string;
            tenant_id: string;
            /** @enum {string} */
            kind: "no_status" | "undelivered";
            whatsapp_message_id: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            accepted_at: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            found_at: string;
            /** @description When Meta's message_history was asked last */
            asked_at: string | null;
            answer: ("statuses" | "nothing" | "refused" | "unreachable") | null;
            /** @description When a status had come after all */
            closed_at: string | null;
        };
        GapList: {
            data: components["schemas"]["Gap"][];
            next_cursor: string | null;
        };
        Health: {
            /** @enum {string} */
            status: "ok" | "degraded" | "down";
            version?: string;
            migration?: string | null;
            parts?: {
                [key: string]: {
                    /** @enum {string} */
                    status: "ok" | "degraded" | "down";
                    detail: string;
                    remedy: string | null;
                };
            };
            queue?: {
                depth: number;
                oldest_seconds: number;
                in_doubt: number;
                unconfirmed: number;
                held: {
                    [key: string]: number;
                };
                outbox: number;
                orphans: number;
                dead_letters: number;
            };
        };
        Interactive: {
            /** @constant */
            type: "button";
            header?: ({
                /** @constant */
                type: "text";
                text: string;
            } | {
                /** @constant */
                type: "image";
                image: {
                    /** @description Of an upload */
                    id?: string | null;
                    /** @description Meta fetches it, and keeps it 10 minutes */
                    link?: string | null;
                };
            } | {
                /** @constant */
                type: "video";
                video: {
                    /** @description Of an upload */
                    id?: string | null;
                    /** @description Meta fetches it, and keeps it 10 minutes */
                    link?: string | null;
                };
            } | {
                /** @constant */
                type: "document";
                document: {
                    /** @description Of an upload */
                    id?: string | null;
                    /** @description Meta fetches it, and keeps it 10 minutes */
                    link?: string | null;
                    /** @description Its extension decides how the file is shown */
                    filename?: string | null;
                };
            }) | null;
            body: {
                text: string;
            };
            footer?: {
                text: string;
            } | null;
            action: {
                buttons: {
                    /** @constant */
                    type: "reply";
                    reply: {
                        /** @description Comes back with the tap */
                        id: string;
                        title: string;
                    };
                }[];
            };
        } | {
            /** @constant */
            type: "list";
            header?: {
                /** @constant */
                type: "text";
                text: string;
            } | null;
            body: {
                text: string;
            };
            footer?: {
                text: string;
            } | null;
            action: {
                button: string;
                sections: {
                    title?: string | null;
                    rows: {
                        /** @description Comes back with the choice */
                        id: string;
                        title: string;
                        description?: string | null;
                    }[];
                }[];
            };
        } | {
            /** @constant */
            type: "cta_url";
            header?: ({
                /** @constant */
                type: "text";
                text: string;
            } | {
                /** @constant */
                type: "image";
                image: {
                    /** @description Of an upload */
                    id?: string | null;
                    /** @description Meta fetches it, and keeps it 10 minutes */
                    link?: string | null;
                };
            } | {
                /** @constant */
                type: "video";
                video: {
                    /** @description Of an upload */
                    id?: string | null;
                    /** @description Meta fetches it, and keeps it 10 minutes */
                    link?: string | null;
                };
            } | {
                /** @constant */
                type: "document";
                document: {
                    /** @description Of an upload */
                    id?: string | null;
                    /** @description Meta fetches it, and keeps it 10 minutes */
                    link?: string | null;
                    /** @description Its extension decides how the file is shown */
                    filename?: string | null;
                };
            }) | null;
            body: {
                text: string;
            };
            footer?: {
                text: string;
            } | null;
            action: {
                /** @constant */
                name: "cta_url";
                parameters: {
                    display_text: string;
                    url: string;
                };
            };
        };
        LintResult: {
            /** @description The gravest first */
            findings: components["schemas"]["Finding"][];
        };
        Liveness: {
            /** @constant */
            status: "ok";
        };
        Message: {
            id: string;
            tenant_id: string;
            notification_id: string | null;
            batch_id: string | null;
            /** @enum {string} */
            status: "PENDING" | "SENT" | "DELIVERED" | "READ" | "FAILED";
            /** @enum {string} */
            state: "queued" | "held" | "claimed" | "sending" | "in_doubt" | "unconfirmed" | "canceled" | "expired" | "accepted" | "sent" | "failed" | "delivered" | "read";
            hold_reason: string | null;
            /** @description Meta's number as text, or one of ours; null also where Meta says failed and gives none */
            error_code: string | null;
            error_message: string | null;
            /** @description What to do about it */
            remedy: string | null;
            message_type: string;
            template_name: string | null;
            template_language: string | null;
            template_parameters: unknown;
            /** @description E.164 */
            recipient_phone: string | null;
            /** @description As it was given */
            recipient_input: string | null;
            wa_id: string | null;
            whatsapp_message_id: string | null;
            event_id: string | null;
            po_id: string | null;
            po_number: string | null;
            revision: number | null;
            supplier_id: string | null;
            supplier_name: string | null;
            accepted_at: string | null;
            sent_at: string | null;
            delivered_at: string | null;
            read_at: string | null;
            failed_at: string | null;
            expires_at: string | null;
            attempts: number;
            /** @description Once delivered and priced */
            cost: components["schemas"]["Cost"] | null;
            /** @description As Meta sent it */
            pricing: unknown;
            /** @description Only with one message */
            provider_response?: unknown;
            metadata: unknown;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            created_at: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            updated_at: string;
            /** @description Only with one message */
            timeline?: components["schemas"]["TimelineEntry"][];
        };
        MessageList: {
            data: components["schemas"]["Message"][];
            next_cursor: string | null;
        };
        MessageRequest: {
            /** @description A phone number in any usual way of writing, or a business-scoped user id (ES.1349…) */
            to: string;
            /** @description The key's, which need not be said */
            tenant_id?: string | null;
            notification_id?: string | null;
            /** @description Kept as it is */
            metadata?: {
                [key: string]: unknown;
            } | null;
            /** @constant */
            type: "template";
            template: {
                name: string;
                /** @description A language the template is approved in; without it the default one, or the only one */
                language?: string | null;
                /** @description Texts in the order of the variables, or by their names */
                parameters?: (string[] | {
                    [key: string]: string;
                }) | null;
                /** @description Instead of parameters: header, body and buttons as Meta has them */
                components?: components["schemas"]["TemplateComponent"][] | null;
            };
        } | {
            /** @description A phone number in any usual way of writing, or a business-scoped user id (ES.1349…) */
            to: string;
            /** @description The key's, which need not be said */
            tenant_id?: string | null;
            notification_id?: string | null;
            /** @description Kept as it is */
            metadata?: {
                [key: string]: unknown;
            } | null;
            /** @constant */
            type: "text";
            text: {
                body: string;
                preview_url?: boolean | null;
            };
        } | {
            /** @description A phone number in any usual way of writing, or a business-scoped user id (ES.1349…) */
            to: string;
            /** @description The key's, which need not be said */
            tenant_id?: string | null;
            notification_id?: string | null;
            /** @description Kept as it is */
            metadata?: {
                [key: string]: unknown;
            } | null;
            /** @constant */
            type: "image";
            image: {
                /** @description Of an upload */
                id?: string | null;
                /** @description Meta fetches it, and keeps it 10 minutes */
                link?: string | null;
                caption?: string | null;
            };
        } | {
            /** @description A phone number in any usual way of writing, or a business-scoped user id (ES.1349…) */
            to: string;
            /** @description The key's, which need not be said */
            tenant_id?: string | null;
            notification_id?: string | null;
            /** @description Kept as it is */
            metadata?: {
                [key: string]: unknown;
            } | null;
            /** @constant */
            type: "document";
            document: {
                /** @description Of an upload */
                id?: string | null;
                /** @description Meta fetches it, and keeps it 10 minutes */
                link?: string | null;
                caption?: string | null;
                /** @description Its extension decides how the file is shown */
                filename?: string | null;
            };
        } | {
            /** @description A phone number in any usual way of writing, or a business-scoped user id (ES.1349…) */
            to: string;
            /** @description The key's, which need not be said */
            tenant_id?: string | null;
            notification_id?: string | null;
            /** @description Kept as it is */
            metadata?: {
                [key: string]: unknown;
            } | null;
            /** @constant */
            type: "interactive";
            interactive: components["schemas"]["Interactive"];
        };
        NewApiKey: {
            id: string;
            name: string;
            /** @enum {string} */
            role: "admin" | "operator" | "viewer" | "ingest";
            tenant_id: string | null;
            prefix: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            created_at: string;
            last_used_at: string | null;
            expires_at: string | null;
            /** @description Shown once */
            key: string;
        };
        Problem: {
            type: string;
            title: string;
            status: number;
            code: string;
            detail: string;
            request_id: string;
            errors: {
                field: string;
                code: string;
                detail: string;
                remedy: string;
            }[];
        } & {
            [key: string]: unknown;
        };
        PurchaseOrderEvent: {
            event_id: string;
            /** @description po.approved */
            event_type: string;
            timestamp?: string | null;
            tenant_id: string;
            data: {
                po_id: string;
                po_number: string;
                /** @description The same (po_id, revision) makes one message, under whatever event_id */
                revision?: number | null;
                supplier_id?: string | null;
                supplier_name: string;
                /** @description In any usual way of writing */
                supplier_phone?: string | null;
                supplier_country?: string | null;
                supplier_email?: string | null;
                /** @description A decimal text, or a number of at most 15 digits; negative for a return */
                total_amount: string | number;
                /** @description ISO 4217 */
                currency: string;
                required_delivery_date?: string | null;
                /** @description es, pt_BR or pt-BR; the service's own where there is none */
                language?: string | null;
                document_url?: string | null;
                notification_id?: string | null;
                items?: {
                    name?: string | null;
                    quantity?: string | number | null;
                    unit?: string | null;
                    unit_price?: string | number | null;
                }[] | null;
            };
        };
        Readiness: {
            /** @enum {string} */
            status: "ok" | "down";
            /** @description What is amiss */
            detail?: string;
        };
        RejectedEvent: {
            id: string;
            /** Format: date-time */
            received_at: string;
            /** @enum {string} */
            source: "rabbitmq" | "http" | "webhook";
            /** @description Null where it cannot be said whose it is */
            tenant_id: string | null;
            event_id: string | null;
            code: string;
            detail: string;
            errors: {
                field: string;
                code: string;
                detail: string;
                remedy: string;
            }[];
            /** @description The bytes as they came, in base64 */
            raw: string;
            headers: {
                [key: string]: unknown;
            } | null;
            replayed_at: string | null;
            /** @description What a replay made; of a conflict, the first */
            message_id: string | null;
        };
        RejectedEventList: {
            data: components["schemas"]["RejectedEvent"][];
            next_cursor: string | null;
        };
        ReleaseResult: {
            /** @description Messages that waited */
            matching: number;
            /** @description created_at of the oldest */
            oldest_at: string | null;
            /** @description created_at of the newest */
            newest_at: string | null;
            /** @description Messages that were released or canceled */
            done: number;
        };
        ReplayResult: {
            message_id: string | null;
            status: ("PENDING" | "SENT" | "DELIVERED" | "READ" | "FAILED") | null;
            duplicate: boolean;
        };
        Stats: {
            from: string | null;
            to: string | null;
            /** @enum {string} */
            group_by: "none" | "hour" | "day" | "template" | "supplier" | "tenant";
            groups: components["schemas"]["StatsGroup"][];
            /** @description Groups beyond the limit */
            omitted: number;
        };
        StatsGroup: {
            /** @description Null: none, or everything */
            key: string | null;
            total: number;
            counts: {
                PENDING: number;
                SENT: number;
                DELIVERED: number;
                READ: number;
                FAILED: number;
            };
            delivery_rate: number | null;
            read_rate: number | null;
            /** @description From acceptance by Meta */
            seconds_to_deliver: {
                /** @description Seconds, within 5 % */
                median: number | null;
                p95: number | null;
            };
            /** @description From acceptance by Meta */
            seconds_to_read: {
                /** @description Seconds, within 5 % */
                median: number | null;
                p95: number | null;
            };
            /** @description The FAILED ones by code; null: Meta gave none */
            failures: {
                error_code: string | null;
                count: number;
            }[];
            /** @description Charged message by message */
            billable: number;
            cost: {
                currency: string;
                amount: string;
            }[];
            /** @description Delivered and not charged */
            free: {
                reason: string;
                count: number;
            }[];
            /** @description Of the billable ones: without a price in the rate card */
            unpriced: number;
            /** @description Charged as parts of conversations, before July 2025 */
            conversations: number;
        };
        Supplier: {
            supplier_id: string;
            tenant_id: string;
            name: string;
            /** @description E.164; orders go to the first */
            phones: string[];
            language: string | null;
            email: string | null;
            /** @description Wants no messages since */
            opted_out_at: string | null;
            metadata: {
                [key: string]: unknown;
            } | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        SupplierBody: {
            name: string;
            /** @description In any usual way of writing; orders go to the first */
            phones?: string[] | null;
            language?: ("" | string) | null;
            email?: ("" | string) | null;
            /** @description Left out: stays as it is; null: takes an opt-out back */
            opted_out_at?: string | null;
            metadata?: {
                [key: string]: unknown;
            } | null;
            supplier_id?: string;
            tenant_id?: string;
            /** Format: date-time */
            created_at?: string;
            /** Format: date-time */
            updated_at?: string;
        };
        SupplierImport: {
            created: number;
            updated: number;
            unchanged: number;
            rejected: {
                line: number;
                code: string;
                detail: string;
            }[];
        };
        SupplierList: {
            data: components["schemas"]["Supplier"][];
            next_cursor: string | null;
        };
        Template: {
            id: string;
            template_name: string;
            /** @description po_approved: orders may use it while it is active */
            template_key: string | null;
            /** @description UTILITY, MARKETING, AUTHENTICATION */
            category: string;
            /** @description Meta's code, pt_BR */
            language: string;
            /** @description Meta's word; only APPROVED may be sent. DELETED: Meta has it no more */
            status: string;
            body_text: string | null;
            /** @description Variables of the body */
            parameter_count: number;
            /** @description POSITIONAL or NAMED */
            parameter_format: string | null;
            /** @description Messages that Meta accepted with it; some seconds behind */
            sent_count: number;
            /** @description False: orders do not use it, whatever its key */
            is_active: boolean;
            /** @description Decimal digits */
            meta_id: string | null;
            /** @description GREEN, YELLOW, RED or UNKNOWN */
            quality: string | null;
            /** @description As Meta has them */
            components: unknown;
            rejected_reason: string | null;
            previous_category: string | null;
            /** @description What Meta has announced that the category will become */
            correct_category: string | null;
            /** @description When Meta's list showed it last */
            synced_at: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            created_at: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            updated_at: string;
        };
        TemplateComponent: {
            /** @constant */
            type: "header";
            parameters: ({
                /** @constant */
                type: "text";
                /** @description Where the variables have names */
                parameter_name?: string | null;
                text: string;
            } | {
                /** @constant */
                type: "currency";
                /** @description Where the variables have names */
                parameter_name?: string | null;
                currency: {
                    fallback_value: string;
                    code: string;
                    amount_1000: number;
                };
            } | {
                /** @constant */
                type: "date_time";
                /** @description Where the variables have names */
                parameter_name?: string | null;
                date_time: {
                    fallback_value: string;
                };
            } | {
                /** @constant */
                type: "image";
                image: {
                    /** @description Of an upload */
                    id?: string | null;
                    /** @description Meta fetches it, and keeps it 10 minutes */
                    link?: string | null;
                };
            } | {
                /** @constant */
                type: "video";
                video: {
                    /** @description Of an upload */
                    id?: string | null;
                    /** @description Meta fetches it, and keeps it 10 minutes */
                    link?: string | null;
                };
            } | {
                /** @constant */
                type: "document";
                document: {
                    /** @description Of an upload */
                    id?: string | null;
                    /** @description Meta fetches it, and keeps it 10 minutes */
                    link?: string | null;
                    /** @description Its extension decides how the file is shown */
                    filename?: string | null;
                };
            } | {
                /** @constant */
                type: "location";
                location: {
                    latitude: number | string;
                    longitude: number | string;
                    name?: string | null;
                    address?: string | null;
                };
            })[];
        } | {
            /** @constant */
            type: "body";
            parameters: ({
                /** @constant */
                type: "text";
                /** @description Where the variables have names */
                parameter_name?: string | null;
                text: string;
            } | {
                /** @constant */
                type: "currency";
                /** @description Where the variables have names */
                parameter_name?: string | null;
                currency: {
                    fallback_value: string;
                    code: string;
                    amount_1000: number;
                };
            } | {
                /** @constant */
                type: "date_time";
                /** @description Where the variables have names */
                parameter_name?: string | null;
                date_time: {
                    fallback_value: string;
                };
            })[];
        } | {
            /** @constant */
            type: "button";
            /** @enum {string} */
            sub_type: "quick_reply" | "url" | "copy_code" | "flow" | "catalog" | "mpm";
            /** @description The button's position among the template's buttons, from 0 */
            index: number | string;
            parameters: ({
                /** @constant */
                type: "payload";
                payload: string;
            } | {
                /** @constant */
                type: "text";
                text: string;
            } | {
                /** @constant */
                type: "coupon_code";
                coupon_code: string;
            } | {
                /** @constant */
                type: "action";
                action: {
                    [key: string]: unknown;
                };
            })[];
        };
        /**
         * @description Meta's own create body: name, language, category, parameter_format, components. Beside it template_key: po_approved makes it the template of orders.
         * @example {
         *       "name": "po_ready",
         *       "language": "es",
         *       "category": "UTILITY",
         *       "components": [
         *         {
         *           "type": "BODY",
         *           "text": "Hola, {{1}}: el pedido {{2}}, por un total de {{3}}, está aprobado.",
         *           "example": {
         *             "body_text": [
         *               [
         *                 "Harinas del Sur",
         *                 "PO-2026-0042",
         *                 "1.234,50 €"
         *               ]
         *             ]
         *           }
         *         }
         *       ],
         *       "template_key": "po_approved"
         *     }
         */
        TemplateDraft: {
            [key: string]: unknown;
        };
        /**
         * @description Meta's create body, of which absent fields stay: components (as a whole), category (not of an approved template), message_send_ttl_seconds. Beside them template_key (null: orders do not use it) and is_active, which are ours alone.
         * @example {
         *       "template_key": "po_approved",
         *       "is_active": true
         *     }
         */
        TemplateEdit: {
            [key: string]: unknown;
        };
        TemplateEvent: {
            id: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            at: string;
            /** @enum {string} */
            kind: "created" | "edited" | "deleted" | "chosen" | "status" | "category" | "quality";
            /** @description Name of the API key; null: Meta */
            actor: string | null;
            /** @description What became another one */
            detail: {
                [key: string]: unknown;
            } | null;
            /** @description Of a change of category that the rate card has prices for: what it costs; else null */
            cost: components["schemas"]["CategoryCost"] | null;
        };
        TemplateEventList: {
            data: components["schemas"]["TemplateEvent"][];
            next_cursor: string | null;
        };
        TemplateList: {
            data: components["schemas"]["Template"][];
            next_cursor: string | null;
        };
        TemplateSample: {
            /** @description For example.header_handle */
            handle: string;
            mime_type: string;
        };
        TemplateSync: {
            /** @description In the list of Meta */
            templates: number;
            /** @description New to the registry */
            created: number;
            /** @description Not in the list any more */
            deleted: number;
            /** @description What is another one now, new and deleted ones included */
            changes: {
                template_name: string;
                language: string;
                template_key: string | null;
                status: {
                    from: string | null;
                    to: string;
                };
                category: {
                    from: string | null;
                    to: string;
                };
                correct_category: string | null;
                quality: string | null;
                previous_quality: string | null;
                rejected_reason: string | null;
            }[];
        };
        TimelineEntry: {
            /**
             * Format: date-time
             * @description Our time
             */
            at: string;
            /** @description Meta's time */
            meta_at: string | null;
            /** @enum {string} */
            kind: "state" | "attempt" | "status" | "reply" | "action";
            state?: string;
            attempt?: number;
            outcome?: ("accepted" | "rejected" | "not_sent" | "in_doubt") | null;
            http_status?: number | null;
            status?: string;
            error?: {
                /** @description Null where nothing gave one, as of an answer that was lost */
                code: string | null;
                title: string;
                detail: string | null;
                remedy: string;
            } | null;
            text?: string | null;
            payload?: string | null;
            /** @description Of a reply: Meta's word for what it is */
            message_type?: string;
            /** @description Of a reply: what its text does not say, such as "document: Oferta.pdf" */
            description?: string | null;
            /** @description Of a reply with a file: its id with Meta, which keeps it for 7 days */
            media_id?: string | null;
            actor?: string;
        };
        WrittenTemplate: {
            id: string;
            template_name: string;
            /** @description po_approved: orders may use it while it is active */
            template_key: string | null;
            /** @description UTILITY, MARKETING, AUTHENTICATION */
            category: string;
            /** @description Meta's code, pt_BR */
            language: string;
            /** @description Meta's word; only APPROVED may be sent. DELETED: Meta has it no more */
            status: string;
            body_text: string | null;
            /** @description Variables of the body */
            parameter_count: number;
            /** @description POSITIONAL or NAMED */
            parameter_format: string | null;
            /** @description Messages that Meta accepted with it; some seconds behind */
            sent_count: number;
            /** @description False: orders do not use it, whatever its key */
            is_active: boolean;
            /** @description Decimal digits */
            meta_id: string | null;
            /** @description GREEN, YELLOW, RED or UNKNOWN */
            quality: string | null;
            /** @description As Meta has them */
            components: unknown;
            rejected_reason: string | null;
            previous_category: string | null;
            /** @description What Meta has announced that the category will become */
            correct_category: string | null;
            /** @description When Meta's list showed it last */
            synced_at: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            created_at: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC
             */
            updated_at: string;
            /** @description Warnings of the linter */
            findings: components["schemas"]["Finding"][];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
