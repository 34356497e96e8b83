import { LoginResponse } from '../../src/gen/postern/auth/v1/auth_service';
import { loginRequest } from '../requests';
import { PASSWORD } from '../seed';
import { FrameConnection } from './frame-connection';
import { framed } from './load';

/** Logs the first `count` users in and returns their refresh tokens. */
export async function openSessions(address: string, count: number): Promise<string[]> {
  const logins = Array.from({ length: count }, (_, n) => framed(loginRequest(`user-${n}`, PASSWORD)));
  return new Promise((resolve, reject) => {
    const connection = new FrameConnection(address, '/postern.auth.v1.AuthService/Login', reject);
    const tokens: string[] = [];
    for (const login of logins) {
      connection.call(login, (message) => {
        if (message === undefined || message.length === 0) reject(new Error('A login was refused'));
        else tokens.push(LoginResponse.decode(message.subarray(5)).tokens?.refreshToken ?? '');
        if (tokens.length < count) return;
        connection.close();
        resolve(tokens);
      });
    }
  });
}
