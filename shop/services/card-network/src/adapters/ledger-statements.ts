/**
 * The statements of the network's books. Each changes the payments and notes the webhooks that tell of it, so a process that is killed has done both or
 * neither; and each is for all that is asked for at the same time. Payments are locked in the order of their keys, so that no two wait for each other.
 */

/**
 * `moved` are the payments that were just changed, with the `number` under which each was asked for; these are their webhooks: a row for each delivery, whose
 * columns are the parameters from `first` on (number, event's id, copy, delay in milliseconds).
 */
const noteWebhooks = (type: string, first: number) =>
  `INSERT INTO webhooks (id, copy, type, key, payment_id, amount_yen, state, reason, authentication_id, occurred_at, due_at)
   SELECT event_id, copy, ${type}, key, moved.id, amount_yen, state, reason, authentication_id, now(),
          now() + make_interval(secs => delay / 1000.0)
     FROM moved JOIN unnest($${first}::integer[], $${first + 1}::text[], $${first + 2}::integer[], $${first + 3}::integer[])
                  AS planned (number, event_id, copy, delay) USING (number)`;

export const registerSql = `
  INSERT INTO cards (reference, last4, outcome, reason, answers)
  SELECT reference, last4, outcome, nullif(reason, ''), answers
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS c (reference, last4, outcome, reason, answers)`;

/** The payment's own id tells who wrote it down, also of two that come with the same key. */
export const authorizeSql = `
  WITH asked AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::text[])
             WITH ORDINALITY AS a (key, id, card, amount_yen, authentication_id, return_url, number)
  ), made AS (
    INSERT INTO payments (key, id, card, amount_yen, state, reason, authentication_id, return_url)
    SELECT key, id, card, amount_yen, outcome, reason, CASE outcome WHEN 'requires_action' THEN authentication_id END, nullif(return_url, '')
      FROM asked JOIN cards ON reference = card ORDER BY key, number
    ON CONFLICT (key) DO NOTHING RETURNING *
  ), moved AS (
    SELECT made.*, number FROM made JOIN asked USING (id)
  ), noted AS (
    ${noteWebhooks(
      `CASE state WHEN 'authorized' THEN 'authorization.succeeded' WHEN 'declined' THEN 'authorization.failed'
                  ELSE 'authorization.requires_action' END`,
      7,
    )}
  )
  SELECT moved.*, answers FROM moved JOIN cards ON reference = card`;

/** Of two operations on one payment the first is carried out. */
export const applySql = `
  WITH asked AS (
    SELECT DISTINCT ON (key) * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
             WITH ORDINALITY AS a (key, "from", "to", reason, event, number) ORDER BY key, number
  ), locked AS (
    SELECT key FROM payments JOIN asked USING (key) ORDER BY key FOR UPDATE OF payments
  ), moved AS (
    UPDATE payments p SET state = "to", reason = coalesce(nullif(a.reason, ''), p.reason), updated_at = now()
      FROM asked a
     WHERE p.key = a.key AND p.key IN (SELECT key FROM locked) AND p.state = ANY (string_to_array("from", ' '))
    RETURNING p.*, event, number
  ), noted AS (
    ${noteWebhooks('event', 6)}
  )
  SELECT * FROM moved`;
