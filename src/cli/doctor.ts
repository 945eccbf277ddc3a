import { command as clientDoctor } from './client/doctor.ts';
import { runServerDoctor, serverDoctorHelp } from './admin/doctor-server.ts';
import type { CliCommand } from './cli-command.ts';

const serverFlag = '--server';

/** `wherry doctor`: of a server somewhere, or with `--server` of the one that this machine is to run. */
export const command: CliCommand = {
  help: `${clientDoctor.help}\n${serverDoctorHelp}`,
  async run(words) {
    return words.includes(serverFlag)
      ? runServerDoctor(words.filter((word) => word !== serverFlag))
      : clientDoctor.run(words);
  },
};
