import { Registry } from 'prom-client';
import { RequestCounts } from './request-counts.ts';

it('RequestCounts shows plain numbers as metrics, users by kind', async () => {
  const registry = new Registry();
  const counts = new RequestCounts(registry);
  for (const name of ['admin', 'eve@example.com', 'x', 'y']) counts.authenticated(name);
  counts.refused('failure');
  counts.authorized({ verdict: 'allow', reason: '', error: 'passed over' });
  counts.authorized({ verdict: 'deny', reason: '' });
  counts.authorized({ verdict: 'noOpinion', reason: '' });
  counts.authorized({ verdict: 'noOpinion', reason: '', error: 'broken' });
  for (let i = 0; i < 2; i++) { // asking does not count
    expect((await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
      'authentication_attempts{result="success"} 4', 'authentication_attempts{result="failure"} 1',
      'authenticated_user_requests{username="admin"} 1', 'authenticated_user_requests{username="email_id"} 1', 'authenticated_user_requests{username="other"} 2',
      'authorization_attempts_total{result="allowed"} 1', 'authorization_attempts_total{result="denied"} 1', 'authorization_attempts_total{result="no-opinion"} 1', 'authorization_attempts_total{result="error"} 1',
    ]);
  }
});
