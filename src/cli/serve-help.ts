/** What `wherry serve --help` prints. */
export const serveHelp = `Usage: wherry serve [DIR] [options]

Serves DIR (default: the current directory) by FTP, with TLS for clients that ask for it, by SFTP and SCP, and on a web
page, as these flags and wherry.yaml say.
Without any account one is made, called "wherry", and its password is shown once.

Configuration
  --config FILE           instead of wherry.yaml in this directory, where there is one; "wherry config" tells of it.
                          A flag wins over the file, and so does the environment: WHERRY_FTP=21 is --ftp 21

Listeners
  --host ADDR             address of all listeners (::, which is both IPv4 and IPv6)
  --ftp PORT|off          FTP with explicit TLS (2121)
  --ftps PORT|off         FTP in TLS from the first octet (2990)
  --sftp PORT|off         SSH: SFTP, SCP and the tunnel to FTP (2022)
  --tftp PORT|off         TFTP: everybody reads, nobody logs in (off)
  --http PORT|off         page, REST, health and metrics, in the clear and in TLS on one port (8080)
  --passive-ports A-B     ports for passive data connections (50000-50999); open them in the firewall
  --passive-address ADDR  IPv4 address to announce to clients, for servers behind NAT
  --proxy-protocol CIDR   trusted proxies in front, whose PROXY header tells the true client
  Port 0 is any free port.

Who may do what
  --user NAME:PASSWORD[:r|rw]  make or change an account; repeatable (rw)
  --anonymous             "anonymous" and "ftp" log in with any password, and read
  --read-only             nobody changes anything
  --max-per-address N     connections from one address at a time, 0 for any number (0)
  --fxp CIDR[,CIDR]       peers that may take part in server-to-server transfers (none)

TLS
  --require-tls           no login and no data in the clear
  --tls-session-reuse require|prefer|off
                          data connections must resume the TLS session of their control connection (prefer)
  --tls-certificate FILE --tls-key FILE
                          own certificate chain and key (PEM); repeatable, chosen by the name a client asks for.
                          Without them a certificate is made on the first start and kept
  --tls-client-certificates off|optional|required, --tls-client-ca FILE
                          ask clients for certificates; without an authority fingerprints count alone (off)

SSH and TFTP
  --tunnel on|off         SSH clients reach this server's FTP ports, and nothing else, through their connection (on)
  --ssh-algorithms modern|default|compatible
                          default adds to modern what clients of some age need, compatible the NIST curves
  --tftp-write off|create|overwrite
                          what everybody may do by TFTP: only read, make new files, or replace files too (off)

Running
  --data-dir DIR          accounts, certificates, SSH host keys, audit, and the socket of the administration
                          ($XDG_STATE_HOME/wherry)
  --run-as USER           started as root: become this user when the ports are bound
  --durability os|disk    hand uploads to the system, or wait until they are on the disk (os)
  --idle-timeout SECONDS  close sessions that do nothing (300)
  --grace SECONDS         on SIGTERM, how long running transfers may finish (30)
  --log warnings|transfers|commands
                          what the log tells: trouble only; logins, transfers and changes too; or also every
                          command and reply (commands)
  --json                  log as JSON lines; the first one tells the ports

Signals: SIGTERM and SIGINT stop, SIGHUP reads the configuration, certificates and host keys anew.
Exit codes: 0 stopped, 1 failed, 2 wrong usage or configuration.

Examples
  wherry serve ./data
  wherry serve ./data --user alice:secret --user guest:guest:r
  wherry serve /srv/pub --anonymous --ftp 21 --ftps 990
  wherry serve ./data --sftp 22 --ftp off --ftps off
  wherry serve ./images --tftp 69
  wherry serve ./data --passive-ports 50000-50100 --passive-address 203.0.113.7

And from another machine
  sftp -P 2022 wherry@server
  scp -P 2022 report.pdf wherry@server:
  ssh -p 2022 -N -D 1080 wherry@server
  curl --proxy socks5h://localhost:1080 ftp://wherry@localhost:2121/
`;
