# What other services look like from here: an HTTPS server (and an HTTP one beside it) on this machine that answers as they do, checks
# signatures with code of its own, and keeps what it was asked.
#
# fake_services.py FOLDER: writes certificate.pem, then ports ("TLS PLAIN"), and a line of JSON for each request to requests.jsonl there.
import calendar
import hashlib
import hmac
import http.server
import json
import os
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse

folder = sys.argv[1]
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
STORE = "/store/"
jobs = {}
identities = {}
stored = {}
lock = threading.Lock()


def hmac_sha256(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signing_key(day, region, service, end):
    key = ("AWS4" + SECRET).encode()
    for part in (day, region, service, end):
        key = hmac_sha256(key, part)
    return key


def address_is_good(handler):
    """Query signing of version 4: an address that was signed for this method, and is still good."""
    try:
        path, _, query = handler.path.partition("?")
        pairs = [tuple(pair.split("=", 1)) for pair in query.split("&")]
        values = {name: urllib.parse.unquote(value) for name, value in pairs}
        key_id, day, region, service, end = values["X-Amz-Credential"].split("/")
        began = calendar.timegm(time.strptime(values["X-Amz-Date"], "%Y%m%dT%H%M%SZ"))
        names = values["X-Amz-SignedHeaders"].split(";")
        rest = "&".join(sorted(f"{name}={value}" for name, value in pairs if name != "X-Amz-Signature"))
        headers = "".join(f"{name}:{' '.join(handler.headers[name].split())}\n" for name in names)
        canonical = "\n".join([handler.command, path, rest, headers, ";".join(names), "UNSIGNED-PAYLOAD"])
        scope = "/".join([day, region, service, end])
        text = "\n".join([values["X-Amz-Algorithm"], values["X-Amz-Date"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
        expected = hmac.new(signing_key(day, region, service, end), text.encode(), hashlib.sha256).hexdigest()
        return (key_id == "AKIDEXAMPLE" and service == "s3" and "host" in names and time.time() < began + int(values["X-Amz-Expires"])
                and hmac.compare_digest(expected, values["X-Amz-Signature"]))
    except (KeyError, ValueError, TypeError, AttributeError):
        return False


def signature_is_good(handler, body):
    """Header signing of version 4, computed from what arrived."""
    try:
        algorithm, rest = handler.headers["Authorization"].split(" ", 1)
        parts = dict(part.split("=", 1) for part in rest.split(", "))
        key_id, day, region, service, end = parts["Credential"].split("/")
        names = parts["SignedHeaders"].split(";")
        path, _, query = handler.path.partition("?")
        query = "&".join(sorted(query.split("&"))) if query else ""
        headers = "".join(f"{name}:{' '.join(handler.headers[name].split())}\n" for name in names)
        canonical = "\n".join([handler.command, path, query, headers, ";".join(names), hashlib.sha256(body).hexdigest()])
        scope = "/".join([day, region, service, end])
        text = "\n".join([algorithm, handler.headers["X-Amz-Date"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
        expected = hmac.new(signing_key(day, region, service, end), text.encode(), hashlib.sha256).hexdigest()
        return key_id == "AKIDEXAMPLE" and "host" in names and "x-amz-date" in names and hmac.compare_digest(expected, parts["Signature"])
    except (KeyError, ValueError, TypeError, AttributeError):
        return False


def jwt(subject, methods):
    """Only the form of a token: nobody here verifies what Cognito signs."""
    import base64

    def encoded(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return ".".join([encoded({"alg": "RS512"}), encoded({"sub": subject, "amr": methods}), "c2lnbmF0dXJl"])


def cognito(action, body):
    if action == "GetOpenIdTokenForDeveloperIdentity":
        ((provider, user),) = body["Logins"].items()
        with lock:
            identity = identities.setdefault((provider, user), f"us-east-1:{len(identities):08d}-0000-4000-8000-000000000000")
        return 200, {"IdentityId": identity, "Token": jwt(identity, ["authenticated", provider])}
    if action == "GetId":
        with lock:
            identity = identities.setdefault(object(), f"us-east-1:{len(identities):08d}-1111-4000-8000-000000000000")
        return 200, {"IdentityId": identity}
    if action == "GetOpenIdToken":
        return 200, {"IdentityId": body["IdentityId"], "Token": jwt(body["IdentityId"], ["unauthenticated"])}
    return 400, {"__type": "UnknownOperationException"}


def media_convert(handler, body):
    """CreateJob, GetJob; a job advances each time that it is looked at."""
    name = handler.path.rpartition("/")[2]
    if handler.command == "POST":
        with lock:
            token = body["clientRequestToken"]
            job = next((job for job in jobs.values() if job["clientRequestToken"] == token), None)
            if job is None:
                job = {"id": f"1700000000000-{len(jobs):06d}", "clientRequestToken": token, "status": "SUBMITTED", "looks": 0,
                       "fails": "fails" in body["settings"]["inputs"][0]["fileInput"]}
                jobs[job["id"]] = job
        return 201, {"job": {"id": job["id"], "status": job["status"]}}
    job = jobs.get(name)
    if job is None:
        return 404, {"message": "no such job"}
    job["looks"] += 1
    if job["looks"] > 1:
        job["status"] = "ERROR" if job["fails"] else "COMPLETE"
        return 200, {"job": {"id": name, "status": job["status"], "errorMessage": "The input is unreadable." if job["fails"] else None}}
    return 200, {"job": {"id": name, "status": "PROGRESSING", "jobPercentComplete": 40}}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, content, content_type="application/json", headers=()):
        self.send_response(status)
        if self.command == "HEAD":
            self.send_header("Content-Length", str(len(content)))
            return self.end_headers()
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def plain(self, path):
        """What the tests of plain requests ask for; None where it is none of that."""
        if path == "/slow":
            time.sleep(3)
        if path == "/large":
            return self.answer(200, b"x" * 100000, "text/plain")
        if path == "/redirect":
            return self.answer(302, b"", "text/plain", [("Location", "/echo")])
        if path == "/missing":
            return self.answer(404, b"nothing", "text/plain")
        return self.answer(200, b"hello", "text/plain")

    def store(self, path, body):
        """A bucket whose files are put and fetched by signed addresses."""
        if not address_is_good(self):
            return self.answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", "application/xml")
        if self.command == "PUT":
            stored[path] = body
            return self.answer(200, b"")
        if path not in stored:
            return self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>", "application/xml")
        return self.answer(200, stored[path], "text/csv")

    def handle_request(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urllib.parse.urlsplit(self.path).path
        target = self.headers.get("X-Amz-Target") or ""
        signed = signature_is_good(self, body)
        with lock, open(os.path.join(folder, "requests.jsonl"), "a", encoding="utf-8") as log:
            log.write(json.dumps({"method": self.command, "path": self.path, "signed": signed, "body": body.decode("utf-8", "replace"),
                                  "target": target, "type": self.headers.get("Content-Type"), "client": self.client_address[1]}) + "\n")
        if os.path.exists(os.path.join(folder, "broken")):
            return self.answer(500, b"{}")
        if target.startswith("AWSCognitoIdentityService."):
            action = target.partition(".")[2]
            if not signed and action == "GetOpenIdTokenForDeveloperIdentity":
                return self.answer(400, b'{"__type":"InvalidSignatureException"}')
            status, result = cognito(action, json.loads(body))
            return self.answer(status, json.dumps(result).encode(), "application/x-amz-json-1.1")
        if path.startswith("/2017-08-29/jobs"):
            if not signed:
                return self.answer(403, b'{"message":"The request signature does not match."}')
            status, result = media_convert(self, json.loads(body) if body else {})
            return self.answer(status, json.dumps(result).encode())
        if path.startswith(STORE):
            return self.store(path, body)
        return self.plain(path)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_request


def certificate():
    key, file = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=fake", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", file],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return context


secure = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
secure.daemon_threads = True
secure.socket = certificate().wrap_socket(secure.socket, server_side=True)
open_server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
open_server.daemon_threads = True
threading.Thread(target=open_server.serve_forever, daemon=True).start()
ports = os.path.join(folder, "ports")
with open(ports + ".new", "w", encoding="ascii") as file:
    file.write(f"{secure.server_address[1]} {open_server.server_address[1]}")
os.rename(ports + ".new", ports)
secure.serve_forever()
