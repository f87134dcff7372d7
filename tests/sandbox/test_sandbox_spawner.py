"""The spawner in a real hub: servers behind walls, dialled through sockets that nobody inside can swap."""

import http.client
import json
import os
import signal
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sandbox_hub import SmallHub, wait_for
from senolab.sandbox import ledger, sockets
from senolab.sandbox.watch import PROMISED

pytestmark = pytest.mark.hub


def test_a_server_answers_through_its_socket_under_both_names(hub: SmallHub) -> None:
    hub.open("ana")
    assert hub.dial("ana") == (200, "here")
    assert hub.dial("ana", name="s:80") == (200, "here")  # as the proxy dials it


def test_folders_and_sockets_are_the_accounts_own(hub: SmallHub) -> None:
    hub.open("modes")
    folder = hub.folder("modes")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "s").stat().st_mode & 0o777 == 0o600
    assert (hub.state / "homes" / "modes").stat().st_mode & 0o777 == 0o700


def test_a_server_knows_its_own_token_and_no_secret_of_the_hub(hub: SmallHub) -> None:
    hub.open("env")
    names = set(eval(hub.do("env", "import os; print(sorted(os.environ))")))
    assert {"JUPYTERHUB_API_TOKEN", "JUPYTERHUB_USER", "HOME"} <= names
    assert not {name for name in names if "CRYPT" in name or "CONFIGPROXY" in name or "SMALL_HUB" in name}
    order = "import os; print(os.nice(0), open('/proc/self/oom_score_adj').read())"
    assert hub.do("env", order).split() == [str(min(os.nice(0) + 5, 19)), "500"]  # the campus goes first
    words = hub.do("env", "print(open('/proc/1/cmdline').read())")
    token = hub.do("env", "import os; print(os.environ['JUPYTERHUB_API_TOKEN'])")
    assert token
    assert token not in words


def test_a_server_reaches_the_hubs_api_and_no_other_page_of_it(hub: SmallHub) -> None:
    hub.open("door")
    code = (
        "import os, urllib.error, urllib.request\n"
        "base = os.environ['JUPYTERHUB_API_URL']\n"
        "token = {'Authorization': 'token ' + os.environ['JUPYTERHUB_API_TOKEN']}\n"
        "for path in ('/user', '/users', '/../login', '/proxy'):\n"
        "    try:\n"
        "        print(urllib.request.urlopen(urllib.request.Request(base + path, headers=token)).status)\n"
        "    except urllib.error.HTTPError as refusal:\n"
        "        print(refusal.code)"
    )
    assert hub.do("door", code).split() == ["200", "403", "403", "403"]


def test_a_server_reaches_no_other_server_and_no_port_of_the_machine(hub: SmallHub) -> None:
    hub.open("one")
    hub.open("two")
    code = (
        "import os, socket\n"
        f"homes = set(os.listdir('/home')) - set({Path(sys.prefix).parts!r})\n"  # the program may lie in one
        f"print(os.path.exists({str(hub.state)!r}), sorted(homes), os.listdir('/run/senolab/doors'))\n"
        f"for port in ({hub.port + 1}, 22):\n"
        "    try:\n"
        "        socket.create_connection(('127.0.0.1', port), 2)\n"
        "        print('got')\n"
        "    except OSError:\n"
        "        print('refused')"
    )
    assert hub.do("one", code).splitlines() == ["False ['one'] ['hub.sock']", "refused", "refused"]


def test_a_learner_cannot_swap_the_socket_that_the_proxy_dials(hub: SmallHub) -> None:
    hub.open("swap")
    inode = (hub.folder("swap") / "s").stat().st_ino
    code = (
        "import os\n"
        "found = [os.path.join(folder, name) for root in ('/run', '/tmp', '/home', '/var')\n"
        "         for folder, _, names in os.walk(root) for name in names]\n"
        "print([name for name in found if name.endswith(('/s', ':80', '/server.json'))])\n"
        "ways = (os.unlink, lambda p: os.symlink('/tmp', p + '2'), lambda p: os.rename(p, p + '3'))\n"
        "for path in ('/run/senolab/doors/hub.sock', '/run/senolab/doors/s', '/run/senolab/inside.py'):\n"
        "    for way in ways:\n"
        "        try:\n"
        "            way(path)\n"
        "            print('got', path)\n"
        "        except OSError:\n"
        "            pass"
    )
    assert hub.do("swap", code) == "[]"
    assert (hub.folder("swap") / "s").stat().st_ino == inode
    assert hub.dial("swap") == (200, "here")


def test_a_learner_who_deletes_and_links_everything_still_has_a_server(hub: SmallHub) -> None:
    hub.open("wild")
    code = (
        "import os, shutil\n"
        "shutil.rmtree(os.path.expanduser('~'), ignore_errors=True)\n"
        "shutil.rmtree('/tmp', ignore_errors=True)\n"
        "os.symlink('/etc', os.path.expanduser('~/.jupyter'))\n"
        "os.symlink('/run/senolab/doors', os.path.expanduser('~/lessons'))"
    )
    hub.do("wild", code)
    assert hub.dial("wild") == (200, "here")
    hub.close("wild")
    hub.open("wild")
    assert hub.dial("wild") == (200, "here")


def test_process_one_cannot_be_ended_or_read_by_the_server(hub: SmallHub) -> None:
    hub.open("root")
    code = (
        "import os, signal\n"
        "for number in (signal.SIGKILL, signal.SIGSTOP):\n"
        "    os.kill(1, number)\n"
        "for name in ('mem', 'environ', 'fd/3', 'fd/4'):\n"
        "    try:\n"
        "        open('/proc/1/' + name, 'rb').read(1)\n"
        "        print('got', name)\n"
        "    except OSError:\n"
        "        print('refused')"
    )
    assert hub.do("root", code).split() == ["refused"] * 4
    assert hub.dial("root") == (200, "here")


def test_an_instructor_writes_the_course_and_a_learner_does_not_see_it(hub: SmallHub) -> None:
    hub.open("ines")
    hub.do("ines", "open('courses/reading/01-first.md', 'w').write('# First')")
    assert (hub.state / "courses" / "reading" / "01-first.md").read_text() == "# First"
    hub.open("ana2")
    assert hub.do("ana2", "import os; print(os.listdir('.'), os.listdir('/material'))") == "[] ['exam.txt']"


def test_many_connections_and_long_answers_pass(hub: SmallHub) -> None:
    hub.open("busy")
    assert hub.do("busy", "print('x' * 3_000_000)") == "x" * 3_000_000
    assert all(hub.dial("busy") == (200, "here") for _ in range(300))


def test_a_caller_who_breaks_off_harms_nobody(hub: SmallHub) -> None:
    hub.open("rude")
    for _ in range(30):
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(hub.folder("rude") / "s"))
            caller.sendall(b"POST /x HTTP/1.1\r\nContent-Length: 1000\r\n\r\nabc")
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert hub.dial("rude") == (200, "here")


def test_a_stopped_server_leaves_no_process_and_no_file(hub: SmallHub) -> None:
    hub.open("gone")
    running, folder = hub.running("gone"), hub.folder("gone")
    hub.do("gone", "import subprocess; subprocess.Popen(['sleep', '600'], start_new_session=True)")
    hub.close("gone")
    assert not running.alive
    assert not folder.exists()


def test_a_server_that_dies_is_noticed_and_can_be_started_again(hub: SmallHub) -> None:
    hub.open("dead")
    hub.running("dead").send(signal.SIGKILL)
    assert wait_for(lambda: not hub.servers("dead"))
    hub.open("dead")
    assert hub.dial("dead") == (200, "here")


def test_too_many_files_on_the_disk_end_a_server_with_a_sentence(hub: SmallHub) -> None:
    hub.open("full")
    running = hub.running("full")
    hub.attempt("full", BIG)
    assert wait_for(lambda: not running.alive)
    notice = json.loads((hub.state / "notices" / "full.json").read_text())
    assert notice["what"] == "disk"
    assert "63 MB you have" in notice["sentence"]
    assert wait_for(lambda: not hub.servers("full"))
    # one can go in and tidy up
    hub.open("full")
    assert hub.do("full", "import os; os.unlink('big'); print('tidy')") == "tidy"
    assert hub.dial("full") == (200, "here")


def test_deleted_files_that_are_held_open_count(hub: SmallHub) -> None:
    hub.open("held")
    running = hub.running("held")
    hub.attempt("held", "import os, builtins\nbuiltins.held = open('big', 'wb')\nos.unlink('big')\n" + FILL)
    assert wait_for(lambda: not running.alive)
    assert json.loads((hub.state / "notices" / "held.json").read_text())["what"] == "disk"


MAP = """
import builtins, mmap, os
with open("big", "w+b") as file:
    os.unlink("big")
    file.truncate(80 << 20)
    builtins.mapped = mmap.mmap(file.fileno(), 0)
for name in os.listdir("/proc/self/fd"):  # Python keeps one
    if os.path.basename(os.path.realpath(f"/proc/self/fd/{name}")).startswith("big"):
        os.close(int(name))
for place in range(0, 80 << 20, 4096):
    builtins.mapped[place] = 1
"""


def test_deleted_files_that_are_mapped_count(hub: SmallHub) -> None:
    hub.open("mapped")
    running = hub.running("mapped")
    hub.attempt("mapped", MAP)
    assert wait_for(lambda: not running.alive)
    assert json.loads((hub.state / "notices" / "mapped.json").read_text())["what"] == "disk"


STEAL = """
import gc, http.server, os, socket, threading, time
for held in gc.get_objects():
    if isinstance(held, http.server.HTTPServer):
        port = held.server_address[1]
        os.dup2(os.open("/dev/null", os.O_RDONLY), held.fileno())
while True:
    try:
        other = socket.create_server(("127.0.0.1", port))
        break
    except OSError:  # the server still waits at its socket
        time.sleep(0.05)
def rob():
    while True:
        caller, _ = other.accept()
        caller.recv(65536)
        caller.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 6\\r\\n\\r\\nstolen")
threading.Thread(target=rob, daemon=True).start()
"""


def test_nobody_takes_the_place_of_a_server_that_has_ended(hub: SmallHub) -> None:
    hub.open("robbed")
    assert hub.dial("robbed") == (200, "here")
    hub.attempt("robbed", STEAL)
    for _ in range(5):
        with pytest.raises((OSError, http.client.HTTPException)):
            hub.dial("robbed")


def test_too_much_memory_ends_a_server_with_a_sentence(hub: SmallHub) -> None:
    hub.open("large")
    running = hub.running("large")
    code = (
        "import os, time\n"
        "for _ in range(4):\n"
        "    if os.fork() == 0:\n"
        "        held = b'x' * (250 << 20)\n"
        "        time.sleep(60)\n"
        "        os._exit(0)"
    )
    hub.attempt("large", code)
    assert wait_for(lambda: not running.alive)
    told = hub.state / "notices" / "large.json"
    assert wait_for(told.exists)  # the kernel may have been quicker than the watch
    notice = json.loads(told.read_text())
    assert notice["what"] == "memory"
    assert notice["sentence"].startswith("Your session was ended because it used more memory")


def test_the_log_of_a_server_stays_small(hub: SmallHub) -> None:
    hub.open("chatty")
    hub.do("chatty", "import os\nfor _ in range(60): os.write(2, b'x' * 100_000)")
    log = hub.state / "logs" / "servers" / "chatty.log"
    assert 0 < log.stat().st_size <= 2 << 20


def test_a_full_disk_ends_a_server_in_the_time_that_is_promised(
    hub: SmallHub, record_property: Callable[[str, object], None]
) -> None:
    """While somebody else frees space; the server's own files tell: too much, and the last sign of life."""
    others = hub.state / "somebody else's"
    others.write_bytes(os.urandom(100 << 20))
    hub.open("late")
    running = hub.running("late")
    others.unlink()
    hub.attempt("late", BEYOND + SIGNS_OF_LIFE)
    assert wait_for(lambda: not running.alive)
    home = hub.state / "homes" / "late"
    seconds = (home / "alive").stat().st_mtime - (home / "beyond").stat().st_mtime
    record_property("seconds over the disk's limit", round(seconds, 2))
    print(f"A server over its limit was ended after {seconds:.1f} s.")
    assert 0 < seconds < PROMISED
    assert json.loads((hub.state / "notices" / "late.json").read_text())["what"] == "disk"


BEYOND = "import os, time\nfor _ in range(70): open('beyond', 'ab').write(os.urandom(1 << 20))\n"
SIGNS_OF_LIFE = (
    "open('alive', 'w').close()\nfor _ in range(1500):\n    os.utime('alive')\n    time.sleep(0.02)\n"
)
BIG = "import os\nfor _ in range(80): open('big', 'ab').write(os.urandom(1 << 20))"
FILL = "for _ in range(80):\n    builtins.held.write(os.urandom(1 << 20))\nbuiltins.held.flush()"


def test_filling_the_folder_of_a_course_ends_a_server_as_filling_a_home_does(hub: SmallHub) -> None:
    if not hub.servers("ines"):
        hub.open("ines")
    running = hub.running("ines")
    filling = "import os\nwith open('courses/reading/big', 'wb') as big:\n    for _ in range(80):\n"
    hub.attempt("ines", f"{filling}        big.write(os.urandom(1 << 20))")
    assert wait_for(lambda: not running.alive)
    assert json.loads((hub.state / "notices" / "ines.json").read_text())["what"] == "disk"
    (hub.state / "courses" / "reading" / "big").unlink()


def test_whoever_fills_the_disk_start_by_start_is_told_why_there_is_no_further_one(hub: SmallHub) -> None:
    home = hub.state / "homes" / "greedy"
    home.mkdir(parents=True)
    (home / "big").write_bytes(os.urandom(140 << 20))
    (hub.state / "overfull").mkdir(exist_ok=True)
    (hub.state / "overfull" / "greedy").write_text(str(70 << 20))
    hub.api("POST", "users/greedy")
    status, words = hub.api("POST", "users/greedy/server")
    assert status == 503
    assert "your files take 147 MB, far more than the 63 MB you have" in words


def test_a_home_that_is_no_folder_is_told_in_a_sentence(hub: SmallHub) -> None:
    (hub.state / "homes").mkdir(exist_ok=True)
    (hub.state / "homes" / "flat").write_text("a file")
    hub.api("POST", "users/flat")
    status, words = hub.api("POST", "users/flat/server")
    assert status == 503
    assert "the folder with your files cannot be opened (File exists)" in words


def test_servers_outlive_a_hub_that_is_killed_and_can_be_reaped(tmp_path: Path) -> None:
    hub = SmallHub(tmp_path)
    try:
        hub.start()
        hub.open("ana")
        running = hub.running("ana")
        hub.kill()
        assert running.alive
        assert hub.dial("ana") == (200, "here")  # the proxy needs no hub

        hub.start()
        assert hub.ready("ana")
        assert hub.running("ana") == running
        code = (
            "import os, urllib.request\n"
            "token = {'Authorization': 'token ' + os.environ['JUPYTERHUB_API_TOKEN']}\n"
            "url = os.environ['JUPYTERHUB_API_URL'] + '/user'\n"
            "print(urllib.request.urlopen(urllib.request.Request(url, headers=token)).status)"
        )
        assert hub.do("ana", code) == "200"
        # and the new hub watches it, too
        hub.attempt("ana", BIG)
        assert wait_for(lambda: not running.alive)
        assert wait_for(lambda: not hub.servers("ana"))

        # whoever stops the campus reaps what a dead hub leaves
        hub.open("bob")
        left, servers = hub.running("bob"), hub.folder("bob").parent
        hub.kill()
        assert ledger.reap(servers, patience=1) == ["bob"]
        assert not left.alive
        assert list(servers.iterdir()) == []
    finally:
        hub.stop()


def test_the_real_server_of_jupyter_starts_behind_the_walls(hub: SmallHub) -> None:
    hub.open("real")
    assert "version" in json.loads(hub.dial("real")[1])
    status, _ = hub.dial("real", path="api/contents")
    assert status == 403  # its own sign-in holds on this way, too
    hub.close("real")


def test_a_state_with_a_long_or_capital_path_gets_a_short_private_folder(tmp_path: Path, monkeypatch) -> None:
    assert sockets.folder_for(Path("/srv/campus")) == Path("/srv/campus/run/servers")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    for state in (Path("/srv/Campus"), Path("/srv") / ("x" * 90)):
        folder = sockets.folder_for(state)
        assert folder.parent == tmp_path
        assert folder.stat().st_mode & 0o777 == 0o700
        folder.chmod(0o755)
        with pytest.raises(RuntimeError, match="belongs to somebody else"):
            sockets.folder_for(state)


def test_a_socket_where_the_hub_could_not_find_it_is_refused() -> None:
    for folder in (Path("/tmp/Capitals"), Path("/tmp") / ("x" * 105)):
        with pytest.raises(ValueError, match="has capitals, or more than 107 bytes"):
            sockets.listen(folder)
        assert not folder.exists()


def test_every_name_of_a_user_gets_a_short_name_of_its_own() -> None:
    names = ["ana", "ana--second", "ana@example.org", "ANA", "a" * 60, "a" * 61]
    short = [sockets.short_name(name) for name in names]
    assert short[:2] == names[:2]
    assert len(set(short)) == len(names)
    assert all(len(name) <= 20 for name in short)


def test_a_note_of_a_server_is_not_taken_for_another_process(tmp_path: Path) -> None:
    mine = ledger.born(os.getpid())
    assert mine
    other = ledger.Running("ana", os.getpid(), mine - 1, os.getpid(), mine - 1)
    assert not other.alive
    other.send(signal.SIGKILL)  # would end these tests
    (tmp_path / "ana").mkdir()
    ledger.write(tmp_path / "ana", other)
    assert ledger.reap(tmp_path) == []
