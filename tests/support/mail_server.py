# A mail server (aiosmtpd) for tests: STARTTLS and AUTH are a must, and each mail becomes a file.
#
# mail_server.py FOLDER: writes certificate.pem, then port, and NUMBER.eml for each mail, which begins with the envelope. The file "answer" there, while
# it exists, is what the server says to MAIL FROM instead.
import os
import ssl
import subprocess
import sys
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

folder = sys.argv[1]


def path(name):
    return os.path.join(folder, name)


class Keeper:
    count = 0

    async def handle_MAIL(self, server, session, envelope, address, options):
        if os.path.exists(path("answer")):
            with open(path("answer")) as file:
                return file.read().strip()
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        with open(path("new"), "wb") as file:
            file.write(f"{envelope.mail_from} -> {','.join(envelope.rcpt_tos)}\r\n".encode() + envelope.content)
        os.rename(path("new"), path(f"{self.count}.eml"))
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b"muster" and data.password == b"p@ss word")


subprocess.run(
    ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
     "subjectAltName=IP:127.0.0.1", "-keyout", path("key.pem"), "-out", path("certificate.pem")],
    check=True, stderr=subprocess.DEVNULL)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(path("certificate.pem"), path("key.pem"))


class OnAnyPort(Controller):
    """Port 0 is the system's choice; the controller looks whether it listens there."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


controller = OnAnyPort(Keeper(), hostname="127.0.0.1", port=0, tls_context=context, require_starttls=True, authenticator=authenticate, auth_required=True)
controller.start()
with open(path("new"), "w") as file:
    file.write(str(controller.port))
os.rename(path("new"), path("port"))
threading.Event().wait()
