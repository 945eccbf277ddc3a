import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { callAdmin } from './call-admin.ts';
import { findingsOf, type Finding } from './grading.ts';
import { useAdmin } from './use-admin.ts';

const icons: Readonly<Record<Finding['weight'], ReactNode>> = {
  good: <CircleCheck aria-label="good" size={16} className="success" />,
  better: <TriangleAlert aria-label="could be better" size={16} className="warning" />,
  bad: <CircleAlert aria-label="bad" size={16} className="failure" />,
};

/** How safe the configuration that holds is, as a letter, and what would make it better. */
export function Grade(): ReactNode {
  const grade = useAdmin(['grade'], (signal) => callAdmin('GET /server/grade', { signal }));
  if (grade.data === undefined) return null;
  const { grade: letter } = grade.data;
  const findings = findingsOf(grade.data);
  return (
    <section className="card">
      <h2>
        Self-grade <span className={`grade grade-${letter.toLowerCase()}`}>{letter}</span>
      </h2>
      <ul className="plain-list">
        {findings.map((finding) => (
          <li key={finding.text}>
            {icons[finding.weight]}
            <span>
              {finding.text}
              {finding.remedy !== undefined && (
                <>
                  <br />
                  <span className="quiet">{finding.remedy}</span>
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
