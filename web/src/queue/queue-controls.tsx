import { useQuery, useQueryClient } from '@tanstack/react-query';
import { CirclePause, CirclePlay, SlidersHorizontal } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { call, describe } from '../api/call.ts';
import { listen } from '../api/socket.ts';
import { IconButton } from '../components/button.tsx';
import { formatCount } from '../model/format.ts';
import { openDialog } from '../state/dialogs.ts';
import { notify } from '../state/notices.ts';

/** Stops or runs the whole queue, and opens its settings. */
export function QueueControls(): ReactNode {
  const client = useQueryClient();
  const { data: settings } = useQuery({
    queryKey: ['queue-settings'],
    queryFn: ({ signal }) => call('GET /queue/settings', { signal }),
  });
  useEffect(() => {
    const ends = [
      listen('queue-settings', (message) => client.setQueryData(['queue-settings'], message.settings)),
      listen('queue-finished', ({ done, failed }) => finished(done, failed)),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, [client]);
  if (settings === undefined) return null;
  const toggle = (): void => {
    call('PUT /queue/settings', { body: { ...settings, paused: !settings.paused } }).then(
      (next) => client.setQueryData(['queue-settings'], next),
      (error: unknown) => notify('error', describe(error)),
    );
  };
  return (
    <div className="tools">
      <IconButton
        icon={settings.paused ? CirclePlay : CirclePause}
        label={settings.paused ? 'Run the queue' : 'Hold the queue'}
        pressed={settings.paused}
        onPress={toggle}
      />
      <IconButton
        icon={SlidersHorizontal}
        label="Settings of the queue"
        onPress={() => openDialog('settings', { section: 'queue' })}
      />
    </div>
  );

  /** The queue is empty: says so, and does what the settings want done. */
  function finished(done: number, failed: number): void {
    const text =
      failed > 0
        ? `${formatCount(done, 'transfer')} done, ${failed} failed.`
        : done === 1
          ? 'The transfer is done.'
          : `All ${done} transfers are done.`;
    notify(failed === 0 ? 'success' : 'error', text);
    const wanted = client.getQueryData<{ whenFinished?: string }>(['queue-settings'])?.whenFinished;
    if (wanted === 'sound') void ring();
    if (wanted === 'notify' && Notification.permission === 'granted') showNotice(text);
  }
}

/** A notice of the system, which is there while the page is in the background too. */
function showNotice(body: string): Notification {
  return new Notification('wherry', { body });
}

/** Two quiet tones, made here so that no sound file is needed. */
async function ring(): Promise<void> {
  const audio = new AudioContext();
  for (const [index, frequency] of [659, 880].entries()) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const start = audio.currentTime + index * 0.18;
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.12, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + 0.4);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.4);
  }
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await audio.close();
}
