import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { callAdmin } from './call-admin.ts';
import { useAdmin } from './use-admin.ts';

const icons: Readonly<Record<'high' | 'medium' | 'low', ReactNode>> = {
  high: <CircleAlert aria-label="high risk" size={16} className="failure" />,
  medium: <TriangleAlert aria-label="medium risk" size={16} className="warning" />,
  low: <Info aria-label="low risk" size={16} className="quiet" />,
};

/** How safe the configuration that holds is, as a letter, and what would make it better. */
export function Grade(): ReactNode {
  const { data } = useAdmin(['grade'], (signal) => callAdmin('GET /server/grade', { signal }));
  if (data === undefined) return null;
  const { grade, findings } = data;
  return (
    <section className="card">
      <h2>
        Self-grade <span className={`grade grade-${grade.toLowerCase()}`}>{grade}</span>
      </h2>
      {findings.length === 0 && <p className="success">Nothing in the configuration is risky.</p>}
      <ul className="plain-list">
        {findings.map(({ risk, setting, origin, reason, cure }) => (
          <li key={`${setting} ${reason}`}>
            {icons[risk]}
            <span>
              {reason}. <span className="quiet">{`${setting} (${origin})`}</span>
              <br />
              <code>{cure}</code>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
