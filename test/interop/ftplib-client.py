"""One thing done with Python's ftplib, told as JSON in the only argument."""

import ftplib
import json
import os
import ssl
import sys

task = json.loads(sys.argv[1])


class SessionReusing:
    """Data connections resume the session of the control connection, which ftplib does not do by itself."""

    def ntransfercmd(self, cmd, rest=None):
        connection, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        if self._prot_p:
            session = self.sock.session if task["reuse"] else None
            connection = self.context.wrap_socket(
                connection, server_hostname=self.host, session=session
            )
            if task["reuse"] and not connection.session_reused:
                raise ftplib.Error("the data connection did not resume the session")
        return connection, size


class ExplicitTls(SessionReusing, ftplib.FTP_TLS):
    pass


class ImplicitTls(ExplicitTls):
    """TLS comes first, before the greeting."""

    @property
    def sock(self):
        return self._sock

    @sock.setter
    def sock(self, value):
        if value is not None and not isinstance(value, ssl.SSLSocket):
            value = self.context.wrap_socket(value, server_hostname=self.host)
        self._sock = value


def connect():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if task.get("tlsVersion") == "1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if task["tls"] == "none":
        ftp = ftplib.FTP(timeout=20)
    elif task["tls"] == "explicit":
        ftp = ExplicitTls(context=context, timeout=20)
    else:
        ftp = ImplicitTls(context=context, timeout=20)
    ftp.encoding = "utf-8"
    ftp.connect(task["host"], task["port"])
    ftp.set_pasv(task["mode"] == "passive")
    ftp.login(task["user"], task["password"])
    if task["tls"] != "none":
        ftp.prot_p()
    return ftp


def upload(ftp):
    with open(task["local"], "rb") as file:
        file.seek(task.get("offset", 0))
        ftp.storbinary("STOR " + task["remote"], file, rest=task.get("offset"))


def download(ftp):
    offset = task.get("offset", 0)
    with open(task["local"], "r+b" if offset else "wb") as file:
        file.seek(offset)
        ftp.retrbinary("RETR " + task["remote"], file.write, rest=task.get("offset"))


def list_both_ways(ftp):
    names = sorted(os.path.basename(name) for name in ftp.nlst(task["path"]))
    facts = dict(ftp.mlsd(task["path"], facts=["type", "size", "modify"]))
    files = sorted(name for name, fact in facts.items() if fact["type"] in ("file", "dir"))
    if names != files:
        raise ftplib.Error("NLST and MLSD differ: %r, %r" % (names, files))
    print("\n".join(files))


def exchange_text(ftp):
    lines = ["first", "", "über", "last"]
    with open("text.txt", "w", newline="") as file:
        file.write("".join(line + "\r\n" for line in lines))
    with open("text.txt", "rb") as file:
        ftp.storlines("STOR text.txt", file)
    received = []
    ftp.retrlines("RETR text.txt", received.append)
    if received != lines:
        raise ftplib.Error("other lines came back: %r" % received)


actions = {
    "list": list_both_ways,
    "upload": upload,
    "download": download,
    "rename": lambda ftp: ftp.rename(task["from"], task["to"]),
    "delete": lambda ftp: ftp.delete(task["path"]),
    "makeDirectory": lambda ftp: ftp.mkd(task["path"]),
    "removeDirectory": lambda ftp: ftp.rmd(task["path"]),
    "text": exchange_text,
}

ftp = connect()
actions[task["action"]](ftp)
ftp.quit()
