/**
 * What a consumer relies on of one HTTP operation of another service: how it asks, and what it reads of the answer. The client is called
 * with it, and a contract test holds it against the provider's OpenAPI document, so that neither side can move alone.
 */
import type { Static, TSchema } from 'typebox';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type HttpContract<
  Path extends string = string,
  Query extends TSchema | undefined = TSchema | undefined,
  Body extends TSchema | undefined = TSchema | undefined,
  Response extends TSchema | undefined = TSchema | undefined,
> = {
  /** The service that answers, `product-service`. */
  readonly provider: string;
  readonly method: HttpMethod;
  /** With `:name` for what a call fills in. */
  readonly path: Path;
  /** An object. */
  readonly query?: Query;
  readonly body?: Body;
  /** What is read of a 2xx answer; more may be there. Without it the body is ignored. */
  readonly response?: Response;
};

type NamesIn<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | NamesIn<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;
type Params<Path extends string> = [NamesIn<Path>] extends [never] ? never : Readonly<Record<NamesIn<Path>, string>>;
/** Nothing of that name where the contract has no such part. */
type Given<Name extends string, Value> = [Value] extends [never] ? object : Readonly<Record<Name, Value>>;
type StaticOf<Schema> = Schema extends TSchema ? Static<Schema> : never;

/** What one call gives the contract: `params`, `query` and `body`, each where the contract has it. */
export type ContractInput<Contract extends HttpContract> = Given<'params', Params<Contract['path']>> &
  Given<'query', StaticOf<Contract['query']>> &
  Given<'body', StaticOf<Contract['body']>>;

export type ContractAnswer<Contract extends HttpContract> = [StaticOf<Contract['response']>] extends [never]
  ? undefined
  : StaticOf<Contract['response']>;

/** Keeps the contract's types. */
export const defineCall = <
  const Path extends string,
  Query extends TSchema | undefined = undefined,
  Body extends TSchema | undefined = undefined,
  Response extends TSchema | undefined = undefined,
>(
  contract: HttpContract<Path, Query, Body, Response>,
): HttpContract<Path, Query, Body, Response> => contract;
