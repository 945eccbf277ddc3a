import { contextNow, isShown } from '../actions/action.ts';
import { actions } from '../actions/all.ts';
import { showKeys } from '../actions/keyboard.ts';
import { Button } from '../components/button.tsx';
import { Modal } from '../components/modal.tsx';
import type { DialogComponent } from '../state/dialogs.ts';

/** Every shortcut, by group. */
export const Shortcuts: DialogComponent<'shortcuts'> = ({ close }) => {
  const context = contextNow();
  const shown = actions.filter((action) => action.keys !== undefined && isShown(action, context));
  const groups = [...new Set(shown.map(({ group }) => group))];
  return (
    <Modal
      title="Keyboard shortcuts"
      close={close}
      size="large"
      footer={<Button onPress={close}>Close</Button>}
    >
      <div className="shortcut-groups">
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl className="shortcuts">
              {shown
                .filter((action) => action.group === group)
                .map(({ id, label, keys = [] }) => (
                  <div key={id}>
                    <dt>{label}</dt>
                    <dd>
                      {keys.map((key) => (
                        <kbd key={key}>{showKeys(key)}</kbd>
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
};
