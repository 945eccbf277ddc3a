import type { ConnectionRecord } from '#protocols/http/contract/page/files.ts';
import type { Question } from '#protocols/http/contract/page/trust.ts';
import type { PageClient } from './page-client.ts';

/** Answers that let the page in at the servers of tests. */
export const trust = {
  certificate: { answer: 'trust', remember: true },
  login: { answer: 'login', responses: ['wonder land'], remember: 'run' },
};

/** Connects, answering what is asked on the way; what is not foreseen is cancelled. */
export async function connectTo(
  page: PageClient,
  address: string,
  answers: Partial<Record<Question['kind'], object>>,
): Promise<ConnectionRecord> {
  const { id } = (await page.call('POST', '/connections', { address })) as unknown as ConnectionRecord;
  const answered = new Set<string>();
  for (;;) {
    const step = await page.message((message) => {
      if (message.type === 'question' && !answered.has(message.question.id)) return message;
      return (
        message.type === 'connection' &&
        message.connection.id === id &&
        message.connection.state !== 'connecting' &&
        message
      );
    });
    if (step.type === 'connection') return step.connection;
    const { question } = step;
    answered.add(question.id);
    await page.call(
      'POST',
      `/questions/${question.id}/answer`,
      answers[question.kind] ?? { answer: 'cancel' },
    );
  }
}
