import { eventually } from '../support/domain/eventually';
import { appCalls } from '../support/grpc/app-calls';
import { type Mailpit, startMailpit } from '../support/mail/mailpit';
import { startApp } from '../support/processes/start-app';

interface Listed {
  readonly messages: readonly {
    readonly ID: string;
    readonly Subject: string;
    readonly To: readonly { Address: string }[];
  }[];
}

interface Shown {
  readonly From: { readonly Name: string; readonly Address: string };
  readonly To: readonly { readonly Name: string; readonly Address: string }[];
  readonly Bcc: readonly unknown[] | null;
  readonly Text: string;
  readonly HTML: string;
}

describe('Mailpit, in which a developer reads the mail of a service,', () => {
  let mailpit: Mailpit;
  beforeAll(async () => {
    mailpit = await startMailpit();
  }, 600_000);
  afterAll(() => mailpit.close());

  test('shows the mail of a reset whole, and its link resets the password', async () => {
    const started = await startApp({
      MAIL: 'smtp',
      SMTP_URL: `smtp://localhost:${mailpit.smtpPort}`,
      MAIL_FROM: 'Bücherei <no-reply@example.com>',
      RESET_URL: 'http://localhost:3000/reset#token={token}',
      VERIFY_URL: 'http://localhost:3000/verify#token={token}',
    });
    try {
      const { auth, newUser } = appCalls(started);
      const { account } = await newUser();
      await auth('requestPasswordReset', { email: account.email });
      const find = async () => {
        const { messages } = await mailpit.get<Listed>('/api/v1/messages');
        return messages.find(({ Subject }) => Subject === 'Reset your password');
      };
      await eventually('the mail is there', async () => (await find()) !== undefined);
      const mail = await mailpit.get<Shown>(`/api/v1/message/${(await find())?.ID}`);
      expect(mail.From).toMatchObject({ Name: 'Bücherei', Address: 'no-reply@example.com' });
      expect(mail.To).toEqual([{ Name: '', Address: account.email }]);
      const [, token = ''] = /http:\/\/localhost:3000\/reset#token=(pstv_[\w-]{43})\s/.exec(mail.Text) ?? [];
      expect(mail.HTML).toContain(`<a href="http://localhost:3000/reset#token=${token}"`);
      await auth('resetPassword', { token, newPassword: 'copper-meadow-whistle-3' });
    } finally {
      await started.stop();
    }
  });
});
