// Use the types that openapi-typescript has generated: URL and token as arguments.
// The compiler checks this file strictly before it runs.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Problem = components["schemas"]["Problem"];

const COUNT = 5;
const PAGE_SIZE = 2;
const [url, token] = process.argv.slice(2);
const client = createClient<paths>({
  baseUrl: url,
  headers: { Authorization: `Bearer ${token}` },
});
const category = `TypeScript ${randomUUID()}`;

async function create(number: number): Promise<number> {
  const request = {
    params: { header: { "Idempotency-Key": randomUUID() } },
    body: { name: `Widget ${number}`, category, price: 12.5, kind: "HW", quantity: 0, is_active: true },
  } as const;
  const first = await client.POST("/api/v1/widgets", request);
  const again = await client.POST("/api/v1/widgets", request);
  assert.ok(first.data !== undefined, JSON.stringify(first.error));
  assert.deepEqual(again.data, first.data);
  assert.equal(again.response.headers.get("Idempotency-Replayed"), "true");
  return first.data.id;
}

async function pageThrough(): Promise<number[]> {
  const found: number[] = [];
  let cursor: string | undefined;
  do {
    const query = { category, page_size: PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) };
    const { data, error } = await client.GET("/api/v1/widgets", { params: { query } });
    assert.ok(data !== undefined, JSON.stringify(error));
    found.push(...data.items.map((widget) => widget.id));
    cursor = data.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

async function updateWithVersion(widgetId: number): Promise<void> {
  const path = { widget_id: widgetId };
  const { response } = await client.GET("/api/v1/widgets/{widget_id}", { params: { path } });
  const header = { "If-Match": response.headers.get("ETag") ?? "" };
  const request = { params: { path, header }, body: { note: "Changed" } };
  const updated = await client.PATCH("/api/v1/widgets/{widget_id}", request);
  assert.equal(updated.data?.note, "Changed");
  const stale = await client.PATCH("/api/v1/widgets/{widget_id}", request);
  const problem: Problem | undefined = stale.error;
  assert.equal(problem?.code, "stale_version");
}

async function receiveATypedProblem(): Promise<void> {
  const params = { path: { widget_id: 2 ** 40 } };
  const missing = await client.GET("/api/v1/widgets/{widget_id}", { params });
  const problem: Problem | undefined = missing.error;
  assert.equal(problem?.code, "widget_not_found");
  const stranger = { params, headers: { Authorization: "Bearer none" } };
  const refused = await client.GET("/api/v1/widgets/{widget_id}", stranger);
  // A status of the shared response.
  const shared: Problem | undefined = refused.error;
  assert.equal(shared?.code, "invalid_token");
}

const ids: number[] = [];
for (let number = 0; number < COUNT; number += 1) {
  ids.push(await create(number));
}
assert.deepEqual(await pageThrough(), ids);
await updateWithVersion(ids[0]!);
await receiveATypedProblem();
console.log(`TypeScript client: ${COUNT} created, paged, updated, replayed, refused`);
