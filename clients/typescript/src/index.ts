export type { Accepted, Answer, Refused, Via } from './answer';
export type { Authenticator } from './authenticator';
export { connect, type PosternClient } from './client';
export type { Mode, PosternOptions } from './options';
export type { Principal } from './principal';
export { PosternError, type Reason } from './reasons';
export type { AnswerCounts, ClientStats, Outcome } from './stats';
