import {
  Ban,
  ChartLine,
  FileCog,
  FolderOpen,
  KeySquare,
  LayoutDashboard,
  MonitorDot,
  ShieldCheck,
  Users,
  UsersRound,
  type LucideIcon,
} from 'lucide-react';
import { lazy, Suspense, type ComponentType, type LazyExoticComponent, type ReactNode } from 'react';
import { Mark } from '../components/mark.tsx';
import { Problem } from '../panes/listing-problem.tsx';
import { Login } from '../hosted/login.tsx';
import { session } from '../state/session.ts';
import { createStore, useStore } from '../state/store.ts';

interface Section {
  readonly path: string;
  readonly label: string;
  readonly icon: LucideIcon;
  readonly component: LazyExoticComponent<ComponentType>;
}

/** The parts of the administration, each loaded when it is first opened. */
const sections: readonly Section[] = [
  {
    path: '',
    label: 'Overview',
    icon: LayoutDashboard,
    component: lazy(async () => ({ default: (await import('./overview.tsx')).Overview })),
  },
  {
    path: 'sessions',
    label: 'Sessions',
    icon: MonitorDot,
    component: lazy(async () => ({ default: (await import('./sessions.tsx')).Sessions })),
  },
  {
    path: 'accounts',
    label: 'Accounts',
    icon: Users,
    component: lazy(async () => ({ default: (await import('./accounts.tsx')).Accounts })),
  },
  {
    path: 'groups',
    label: 'Groups',
    icon: UsersRound,
    component: lazy(async () => ({ default: (await import('./groups.tsx')).Groups })),
  },
  {
    path: 'bans',
    label: 'Bans',
    icon: Ban,
    component: lazy(async () => ({ default: (await import('./bans.tsx')).Bans })),
  },
  {
    path: 'activity',
    label: 'Activity',
    icon: ChartLine,
    component: lazy(async () => ({ default: (await import('./activity.tsx')).Activity })),
  },
  {
    path: 'configuration',
    label: 'Configuration',
    icon: FileCog,
    component: lazy(async () => ({ default: (await import('./configuration.tsx')).Configuration })),
  },
  {
    path: 'keys',
    label: 'Certificates and keys',
    icon: KeySquare,
    component: lazy(async () => ({ default: (await import('./keys.tsx')).Keys })),
  },
  {
    path: 'administrators',
    label: 'Administrators',
    icon: ShieldCheck,
    component: lazy(async () => ({ default: (await import('./administrators.tsx')).Administrators })),
  },
];

const place = createStore(location.pathname);
window.addEventListener('popstate', () => place.set(location.pathname));

/** Shows another part; the address follows, so that it can be kept and come back to. */
function go(path: string): void {
  history.pushState(null, '', `/admin${path === '' ? '' : `/${path}`}`);
  place.set(location.pathname);
}

/** The administration of a server: who may, who is there, what happens. */
export function Administration(): ReactNode {
  const state = useStore(session);
  const path = useStore(place).replace(/^\/admin\/?/u, '');
  const section = sections.find((one) => one.path === path) ?? sections[0];
  if (state?.user === null || state === null || section === undefined) return <Login />;
  if (!state.features.administration) {
    return (
      <main className="waiting">
        <Problem
          icon={<ShieldCheck />}
          title="This account does not administer"
          text="The owner of the machine makes administrators with: wherry admin create"
        />
      </main>
    );
  }
  const Content = section.component;
  return (
    <div className="admin">
      <nav className="admin-nav" aria-label="Administration">
        <div className="admin-brand">
          <Mark size={28} />
          <strong>{state.title}</strong>
        </div>
        {sections.map(({ path: to, label, icon: Icon }) => (
          <a
            key={to}
            href={`/admin${to === '' ? '' : `/${to}`}`}
            title={label}
            {...(to === section.path ? { 'aria-current': 'page' as const } : {})}
            onClick={(event) => {
              event.preventDefault();
              go(to);
            }}
          >
            <Icon aria-hidden="true" size={17} />
            <span>{label}</span>
          </a>
        ))}
        <a href="/" className="admin-back">
          <FolderOpen aria-hidden="true" size={17} />
          <span>Files</span>
        </a>
      </nav>
      <main className="admin-main">
        <Suspense fallback={<span className="spinner" />}>
          <h1>{section.label}</h1>
          <Content />
        </Suspense>
      </main>
    </div>
  );
}
