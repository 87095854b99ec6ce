"""A client of few words for fuzzing and measuring: frames on a pipe, nothing converted or checked on the way."""

import json
import queue
import subprocess
import threading
from pathlib import Path

PATIENCE = 60.0
CANCELLED = -32800
MODIFIED = -32801


class Refused(Exception):
    """The server's answer is an error."""

    def __init__(self, method: str, error: dict):
        super().__init__(f"{method}: {error}")
        self.code = error.get("code")


class Wire:
    """One server process. Requests can be sent before earlier ones are answered."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]):
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.methods: dict[int, str] = {}
        self.answers: dict[int, queue.Queue] = {}
        self.diagnostics: dict[str, dict] = {}
        self.asked_by_server: list[str] = []
        self.shown: list[str] = []
        self.said = bytearray()
        self._next = 0
        self._writing = threading.Lock()
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._read, self._read_errors)]
        for thread in self._threads:
            thread.start()

    def initialize(self, folder: Path, capabilities: dict, options: dict) -> dict:
        uri = folder.as_uri()
        parameters = {
            "processId": None,
            "rootUri": uri,
            "workspaceFolders": [{"uri": uri, "name": folder.name}],
            "capabilities": capabilities,
            "initializationOptions": options,
        }
        answer = self.ask("initialize", parameters)
        self.notify("initialized", {})
        return answer

    def notify(self, method: str, parameters) -> None:
        self._write({"jsonrpc": "2.0", "method": method, "params": parameters})

    def send(self, method: str, parameters) -> int:
        """Sends a request; gives its number."""
        self._next += 1
        number = self._next
        self.methods[number] = method
        self.answers[number] = queue.Queue()
        message = {"jsonrpc": "2.0", "id": number, "method": method}
        self._write(message | ({"params": parameters} if parameters is not None else {}))
        return number

    def take(self, number: int, patience: float = PATIENCE):
        """Waits for an answer; raises `Refused` for an error and `queue.Empty` when none comes."""
        answer = self.answers[number].get(timeout=patience)
        del self.answers[number]
        if "error" in answer:
            raise Refused(self.methods[number], answer["error"])
        return answer["result"]

    def ask(self, method: str, parameters=None):
        return self.take(self.send(method, parameters))

    def close(self) -> int:
        """Says goodbye and takes in what is still said; gives the exit status."""
        self.ask("shutdown")
        self.notify("exit", None)
        status = self.process.wait(timeout=PATIENCE)
        for thread in self._threads:
            thread.join(timeout=PATIENCE)
        return status

    def end(self) -> None:
        """For when something went wrong before `close`."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def _write(self, message: dict) -> None:
        if message.get("params", 0) is None:
            del message["params"]
        body = json.dumps(message).encode()
        with self._writing:
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
            self.process.stdin.flush()

    def _read(self) -> None:
        stream = self.process.stdout
        while True:
            length = None
            while (line := stream.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if length is None:
                return
            self._take_in(json.loads(stream.read(length)))

    def _read_errors(self) -> None:
        for line in self.process.stderr:
            self.said += line

    def _take_in(self, message: dict) -> None:
        if "method" not in message:
            pending = self.answers.get(message["id"])
            assert pending is not None, f"an answer to nothing: {message}"
            pending.put(message)
            return
        if message["method"] == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]
        if message["method"] == "window/showMessage":
            self.shown.append(message["params"]["message"])
        if "id" in message:
            self.asked_by_server.append(message["method"])
            result = [None] * len(message["params"]["items"]) if message["method"] == "workspace/configuration" else None
            self._write({"jsonrpc": "2.0", "id": message["id"], "result": result})
