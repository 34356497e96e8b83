import { constants, type ServerHttp2Session } from 'node:http2';

/**
 * Closes the connection of a client that floods it, and says why.
 *
 * @param why for pings the words of gRFC A8, which clients know
 */
export function endFlood(session: ServerHttp2Session, why: 'too_many_pings' | 'too_many_resets'): void {
  const { lastProcStreamID = 0 } = session.state;
  session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, lastProcStreamID, Buffer.from(why));
  session.destroy();
}
