"""What a hostile learner tries on a real campus: from her notebook, and by a page for her teacher."""

import json
import re
import sqlite3
import textwrap
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from hub_fixture import RunningCampus, Visitor
from journey_kernel import run_code
from journey_people import COURSE, LESSON

pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def carla(campus: RunningCampus) -> Visitor:
    """A learner whose server runs, beside Ana's."""
    ana = campus.visitor("ana")
    ana.start_server("ana")
    visitor = campus.visitor("carla")
    visitor.start_server("carla")
    return visitor


def tried(campus: RunningCampus, visitor: Visitor, code: str, *, patience: float = 90) -> str:
    return run_code(campus, visitor, "carla", textwrap.dedent(code), patience=patience)


def test_nothing_of_anybody_else_can_be_read(campus: RunningCampus, carla: Visitor) -> None:
    state = str(campus.state)
    said = tried(
        campus,
        carla,
        f"""
        import glob, os, pathlib, sys
        state = {state!r}
        names = ["homes/ana", "keys", "secrets", "people.json", "hub/hub.sqlite", "campus/campus.sqlite",
                 "grader/{COURSE}/gradebook.db", "run", "exams/truth", "logs"]
        places = [f"{{state}}/{{name}}" for name in names] + ["/home/ana", "/etc/shadow", "/root"]
        for place in places:
            try:
                pathlib.Path(place).stat()
                os.listdir(place) if os.path.isdir(place) else open(place, "rb").read(1)
                print("READ", place)
            except OSError:
                pass
        wanted = ("gradebook.db", "keys.json", "hub.sqlite", "release.key", "people.json", "stamps.jsonl")
        for top in ("/home", "/material", "/tmp", "/run", "/srv", "/var", "/opt", "/mnt"):
            for folder, _, files in os.walk(top):
                if folder.startswith(sys.prefix):  # nbgrader brings a gradebook of its own, for its tests
                    continue
                for name in files:
                    if name in wanted or ("ana" in folder.split("/")):
                        print("FOUND", folder, name)
        for process in glob.glob("/proc/[0-9]*"):
            for part in ("environ", "root/etc/shadow"):
                try:
                    text = open(f"{{process}}/{{part}}", "rb").read()
                except OSError:
                    continue
                for secret in (b"CONFIGPROXY_AUTH_TOKEN", b"JUPYTERHUB_CRYPT_KEY", b"SENOLAB_SUPERVISED"):
                    if secret in text:
                        print("SECRET", process, secret)
        print("done")
        """,
    )
    assert said.strip() == "done"


def test_course_files_and_releases_cannot_be_written(campus: RunningCampus, carla: Visitor) -> None:
    said = tried(
        campus,
        carla,
        f"""
        import os, pathlib, sys, senolab
        release = pathlib.Path("/material/releases/{COURSE}/{LESSON}/current/release.json")
        targets = [release, release.parent / "new", pathlib.Path(senolab.__file__), pathlib.Path(sys.prefix) / "x",
                   pathlib.Path("/usr/x"), pathlib.Path("/etc/passwd"), pathlib.Path("/etc/jupyter/x")]
        print("readable", release.stat().st_size > 0)
        for target in targets:
            for act in (lambda: target.open("a").write("x"), lambda: target.chmod(0o777), lambda: target.unlink()):
                try:
                    act()
                    print("WROTE", target)
                except OSError:
                    pass
        """,
    )
    assert said.strip() == "readable True"


def test_no_process_of_the_campus_can_be_seen_or_ended(campus: RunningCampus, carla: Visitor) -> None:
    pids = {name: campus.pid(name) for name in ("hub", "proxy", "campus", "marking")}
    said = tried(
        campus,
        carla,
        f"""
        import os, signal
        for name, pid in {pids!r}.items():
            if pid and pid > 200:
                try:
                    os.kill(pid, signal.SIGKILL)
                    print("SENT", name)
                except OSError:
                    pass
        print(sorted(n for n in map(int, filter(str.isdigit, os.listdir("/proc"))))[0], "processes", len(os.listdir("/proc")) < 400)
        """,
    )
    assert "SENT" not in said
    assert {name: campus.pid(name) for name in pids} == pids


def test_the_network_is_the_hubs_api_and_the_campus_alone(campus: RunningCampus, carla: Visitor) -> None:
    ports = json.loads((campus.state / "run" / "campus.json").read_text("utf-8"))["ports"]
    numbers = sorted({campus.port, *(n for n in _numbers(ports))})
    said = tried(
        campus,
        carla,
        f"""
        import os, socket, urllib.error, urllib.request
        for port in {numbers!r} + [22, 80, 443, 8001, 8081]:
            try:
                socket.create_connection(("127.0.0.1", port), 2).close()
                print("OPEN", port)
            except OSError:
                pass
        try:
            socket.create_connection(("203.0.113.1", 80), 3)
            print("OUTSIDE")
        except OSError:
            pass
        token = os.environ["JUPYTERHUB_API_TOKEN"]
        def ask(method, path, base=os.environ["JUPYTERHUB_API_URL"]):
            request = urllib.request.Request(base + path, method=method, headers={{"Authorization": f"token {{token}}"}})
            try:
                return urllib.request.urlopen(request, timeout=10).status
            except urllib.error.HTTPError as error:
                return error.code
        for method, path in [("GET", "/users"), ("GET", "/users/ana"), ("DELETE", "/users/ana/server"),
                             ("GET", "/groups"), ("POST", "/users/ana/tokens"), ("POST", "/shutdown"), ("GET", "/proxy"),
                             ("GET", "/users/ines"), ("POST", "/users/carla/tokens")]:
            print("API", method, path, ask(method, path))
        """,
    )
    opened = {int(n) for n in re.findall(r"OPEN (\d+)", said)}
    assert opened == {ports["hub"], ports["campus"]}
    assert "OUTSIDE" not in said
    answers = re.findall(r"API (\S+) (\S+) (\d+)", said)
    assert len(answers) == 9
    assert all(status in {"403", "404"} for _, _, status in answers), answers


def _numbers(value: object) -> list[int]:
    if isinstance(value, int) and not isinstance(value, bool):
        return [value]
    if isinstance(value, dict):
        return [n for one in value.values() for n in _numbers(one)]
    return []


def test_teaching_is_not_for_a_learners_token(campus: RunningCampus, carla: Visitor) -> None:
    said = tried(
        campus,
        carla,
        f"""
        import json, os, urllib.error, urllib.request
        base, token = os.environ["SENOLAB_CAMPUS_URL"], os.environ["JUPYTERHUB_API_TOKEN"]
        def ask(method, path, body=None):
            data = None if body is None else json.dumps(body).encode()
            headers = {{"Authorization": f"token {{token}}", "Content-Type": "application/json"}}
            request = urllib.request.Request(base + path, method=method, data=data, headers=headers)
            try:
                return urllib.request.urlopen(request, timeout=10).status
            except urllib.error.HTTPError as error:
                return error.code
        print(ask("GET", "/api/lesson?course={COURSE}&lesson={LESSON}"))
        print(ask("GET", "/teach/{COURSE}"), ask("GET", "/teach/{COURSE}/grades.csv"),
              ask("POST", "/teach/{COURSE}/{LESSON}/release"), ask("GET", "/course/{COURSE}/lesson/{LESSON}/feedback"))
        """,
    )
    first, second = said.strip().splitlines()
    assert first == "200"
    assert not {"200", "302"} & set(second.split())
    token = tried(campus, carla, "import os; print(os.environ['JUPYTERHUB_API_TOKEN'])").strip()
    # The relay let none of these through. The campus itself refuses the token as well.
    stranger = campus.visitor()
    for path in (f"teach/{COURSE}", f"teach/{COURSE}/grades.csv", f"teach/{COURSE}/state.json"):
        answer = stranger.get(
            campus.address("campus") + path, headers={"Authorization": f"token {token}"}, follow=False
        )
        assert answer.status in {302, 401, 403}, (path, answer.status)
        assert "points" not in answer.text


TOKEN_OF_HER_SERVER = """
import json, os, urllib.error, urllib.request
def ask(method, path, body=None):
    headers = {"Authorization": "token " + os.environ["JUPYTERHUB_API_TOKEN"]}
    request = urllib.request.Request(os.environ["JUPYTERHUB_API_URL"] + path, body, headers, method=method)
    try:
        return urllib.request.urlopen(request, timeout=10).read().decode()
    except urllib.error.HTTPError as refusal:
        return str(refusal.code)
print(json.dumps([json.loads(ask("GET", "/user"))["scopes"], ask("POST", "/users/ines/tokens", b"{}")]))
"""


def test_code_in_a_teachers_notebook_has_a_learners_rights(campus: RunningCampus) -> None:
    ines = campus.visitor("ines")
    ines.start_server("ines")
    scopes, made = json.loads(run_code(campus, ines, "ines", TOKEN_OF_HER_SERVER))
    assert "custom:campus:learn" in scopes
    assert not [scope for scope in scopes if "teach" in scope or "token" in scope or "grader" in scope]
    assert made == "403"
    # What her browser brings along to her server gives it no more than her name, and her the way in.
    with sqlite3.connect(f"file:{campus.state}/hub/hub.sqlite?mode=ro", uri=True) as database:
        rows = database.execute("SELECT scopes FROM api_tokens WHERE client_id = 'jupyterhub-user-ines'")
        brought = {scope for (text,) in rows for scope in json.loads(text)}
    assert "access:servers!server=ines/" in brought
    assert not [scope for scope in brought if not re.match(r"(access:servers|read:users:\w+)!", scope)]


def test_the_servers_memory_is_closed_to_its_own_kernels(campus: RunningCampus, carla: Visitor) -> None:
    said = tried(
        campus,
        carla,
        """
        import os
        names = ("environ", "mem", "maps", "fd/0", "auxv")
        for number in (1, os.getppid()):
            for name in names:
                for mode in ("rb", "r+b") if name == "mem" else ("rb",):
                    try:
                        with open(f"/proc/{number}/{name}", mode, buffering=0) as file:
                            print("OPEN", number, name, file.read(1) if name != "mem" else "")
                    except OSError as trouble:
                        print(trouble.strerror)
        print(open(f"/proc/{os.getppid()}/cmdline").read().split(chr(0))[1].split("/")[-1])
        """,
    ).splitlines()
    assert said.pop() == "jupyterhub-singleuser"
    assert said == ["Permission denied"] * 12


PLANT = """
import json, os, pathlib
home = pathlib.Path.home()
code = "open('ran', 'w').write(str(__import__('os').getpid()))"
words = "{{ cycler.__init__.__globals__.__builtins__['exec'](" + json.dumps(code) + ", {}) }}"
for place in ("lab", "templates/lab", ".local/share/jupyter/nbconvert/templates/lab", ".jupyter/nbconvert/templates/lab"):
    folder = home / place
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "conf.json").write_text('{"base_template": "base", "mimetypes": {"text/html": true}}')
    (folder / "index.html.j2").write_text(words)
for place in ("nbgrader_config.py", ".jupyter/nbgrader_config.py", ".jupyter/jupyter_nbconvert_config.py"):
    (home / place).write_text(code)
shim = home / ".jupyter/jupyter_notebook_config.d/shim.json"
shim.parent.mkdir(exist_ok=True)
shim.write_text('{"NotebookApp": {"nbserver_extensions": {"nbgrader": true}}}')
(home / "n.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
"""
ASK_HER_SERVER = """
import urllib.error, urllib.request
base = "http://127.0.0.1:8888" + os.environ["JUPYTERHUB_SERVICE_PREFIX"]
for path, body in (("nbconvert/html/n.ipynb", None), ("nbconvert/html", b'{"content": {"cells": []}, "name": "n"}'),
                   ("api/nbconvert", None), ("assignments/validate?path=n.ipynb", b"")):
    headers = {"Authorization": "token " + os.environ["JUPYTERHUB_API_TOKEN"]}
    try:
        print(urllib.request.urlopen(urllib.request.Request(base + path, body, headers), timeout=30).status)
    except urllib.error.HTTPError as refusal:
        print(refusal.code)
print((home / "ran").exists())
"""


@pytest.mark.parametrize("name", ["carla", "ines"])
def test_the_server_runs_nothing_that_lies_in_a_home(
    campus: RunningCampus, carla: Visitor, name: str
) -> None:
    visitor = carla if name == "carla" else campus.visitor(name)
    visitor.start_server(name)
    said = run_code(campus, visitor, name, PLANT + ASK_HER_SERVER).split()
    assert said[:3] == ["403", "403", "200"], said  # the last tells that there is no format
    assert said[3] in {"404", "405"}, said
    assert said[4:] == ["False"]
    assert visitor.get(campus.home_of(name) + "nbconvert/html/n.ipynb").status == 403


def test_nor_does_a_server_that_starts_with_it(campus: RunningCampus, carla: Visitor) -> None:
    tried(campus, carla, PLANT)
    xsrf = carla.cookie("_xsrf", f"{campus.url}/hub/") or ""
    ended = carla.request("DELETE", "/hub/api/users/carla/server", headers={"X-XSRFToken": xsrf})
    assert ended.status in {202, 204}, (ended.status, ended.text[:300])
    carla.start_server("carla")
    assert tried(campus, carla, "import os; print(os.path.exists('ran'))").strip() == "False"


def test_the_socket_of_the_server_cannot_be_swapped(campus: RunningCampus, carla: Visitor) -> None:
    said = tried(
        campus,
        carla,
        """
        import os, stat
        found = []
        for top in ("/run", "/home", "/tmp", "/var", "/dev"):
            for folder, _, files in os.walk(top):
                for name in files:
                    path = os.path.join(folder, name)
                    try:
                        if stat.S_ISSOCK(os.lstat(path).st_mode):
                            os.rename(path, path + ".old")
                            os.symlink("/run/hub.sock", path)
                            found.append(path)
                    except OSError:
                        pass
        print("swapped", found)
        """,
    )
    assert said.strip() == "swapped []"
    assert carla.get(campus.home_of("carla") + "api/status").status == 200


def test_too_many_processes_stop_at_their_owners_limit(campus: RunningCampus, carla: Visitor) -> None:
    said = tried(
        campus,
        carla,
        """
        import subprocess
        made = []
        try:
            for _ in range(2000):
                made.append(subprocess.Popen(["sleep", "60"]))
        except OSError:
            pass
        print("stopped at", len(made))
        for one in made:
            one.kill()
            one.wait()
        """,
    )
    # Either the kernel's limit refused the next one, or the watch ended the whole server.
    if at := re.search(r"stopped at (\d+)", said):
        assert int(at[1]) < 300
    else:
        notice_of(campus, "carla", "processes")
    assert campus.visitor("ana").get(campus.home_of("ana") + "api").status == 200
    assert campus.process.poll() is None


def running(campus: RunningCampus, visitor: Visitor, name: str) -> None:
    """Start a user's server again if it was ended."""
    if visitor.get(campus.home_of(name) + "api").status != 200:
        visitor.start_server(name)


def notice_of(campus: RunningCampus, name: str, what: str) -> dict:
    """Wait for the sentence about why a server was ended."""
    path = campus.state / "notices" / f"{name}.json"
    until = time.monotonic() + 45
    while time.monotonic() < until:
        with suppress(OSError, ValueError):
            told = json.loads(path.read_text("utf-8"))
            if told["what"] == what:
                return told
        time.sleep(0.5)
    raise AssertionError(f"no notice about {what}: {path.exists() and path.read_text('utf-8')}")


def attacked(campus: RunningCampus, carla: Visitor, code: str, *, patience: float) -> None:
    """Run what ends its own server: once it began, the answer may break off, which is what is wanted."""
    begun = campus.state / "homes" / "carla" / "begun"
    begun.unlink(missing_ok=True)
    telling = 'import pathlib; (pathlib.Path.home() / "begun").touch()\n'
    try:
        tried(campus, carla, telling + textwrap.dedent(code), patience=patience)
    except Exception:
        if not begun.exists():
            raise


def test_too_much_memory_ends_its_owners_work_alone(campus: RunningCampus, carla: Visitor) -> None:
    running(campus, carla, "carla")
    code = """
    import os, time
    held = []
    for _ in range(4):
        if os.fork() == 0:
            try:
                while True:
                    held.append(bytearray(os.urandom(1 << 20)) * 64)
            except MemoryError:
                time.sleep(120)
    time.sleep(120)
    """
    attacked(campus, carla, code, patience=40)
    notice_of(campus, "carla", "memory")
    assert campus.visitor("ana").get(campus.home_of("ana") + "api").status == 200


def test_a_full_disk_stops_its_owner_within_five_seconds_with_a_sentence(
    campus: RunningCampus, carla: Visitor, record_property: Callable[[str, object], None]
) -> None:
    """Timed by the server's own files: the one that passes the limit, and its last sign of life."""
    settings = json.loads((campus.state / "run" / "campus.json").read_text("utf-8"))
    running(campus, carla, "carla")
    home = campus.state / "homes" / "carla"
    code = f"""
    import os, time
    os.chdir(os.path.expanduser("~"))
    def used():
        return sum(os.lstat(f"{{folder}}/{{name}}").st_blocks * 512 for folder, _, names in os.walk(".") for name in names)
    filler, number = os.urandom(1 << 23), 0
    while used() <= {settings["disk_mb"]} << 20:
        number += 1
        with open(f"filler-{{number}}", "wb") as file:
            file.write(filler)
    os.rename(f"filler-{{number}}", "beyond")
    for _ in range(3000):
        open("alive", "w").close()
        time.sleep(0.02)
    """
    attacked(campus, carla, code, patience=30)
    told = notice_of(campus, "carla", "disk")
    seconds = (home / "alive").stat().st_mtime - (home / "beyond").stat().st_mtime
    record_property("seconds over the disk's limit", round(seconds, 2))
    print(f"The server was ended {seconds:.1f} s after it had passed its limit.")
    assert 0 < seconds < 5
    page = carla.get(campus.address("campus"))
    assert told["sentence"] in page.text.replace("&#39;", "'")
    assert campus.visitor("ana").get(campus.home_of("ana") + "api").status == 200


EVIL = """<!doctype html><title>trap</title><script>
const addresses = %s;
window.results = Promise.all(addresses.map(async ([how, url]) => {
  try {
    const answer = await fetch(url, {method: how, credentials: "include"});
    return [url, answer.status, (await answer.text()).slice(0, 200)];
  } catch (error) { return [url, "refused", String(error)]; }
}));
</script>"""


def test_a_learners_page_cannot_act_as_the_teacher_who_opens_it(
    campus: RunningCampus, carla: Visitor, people
) -> None:
    ines = people("ines").sign_in()
    asked = [
        ["GET", f"{campus.url}/hub/api/user"],
        ["GET", f"{campus.url}/hub/token"],
        ["GET", campus.address("campus") + f"teach/{COURSE}"],
        ["POST", campus.address("campus") + f"teach/{COURSE}/{LESSON}/release"],
        ["GET", campus.home_of("ines") + "api/contents"],
        ["GET", campus.address(f"grader-{COURSE}") + "formgrader/api/assignments"],
    ]
    running(campus, carla, "carla")
    tried(campus, carla, "open('trap.html', 'w').write('<title>the trap</title>')")
    trap = f"http://carla.localhost:{campus.port}/user/carla/files/trap.html"
    assert "the trap" in carla.get(trap).text
    before = sorted(path.name for path in (campus.state / "releases" / COURSE / LESSON).iterdir())
    page = ines.context.new_page()
    # A learner's server is closed to the teacher; what if the page opened all the same, on its own address?
    assert page.goto(trap).status == 403
    assert page.title() != "the trap"
    page.route(trap, lambda route: route.fulfill(body=EVIL % json.dumps(asked), content_type="text/html"))
    page.goto(trap)
    results = page.evaluate("() => window.results")
    assert [result[1] for result in results] == ["refused"] * len(asked), results
    # A plain form needs nobody's leave to be sent; the campus refuses what comes without its own token.
    with page.expect_navigation() as gone:
        page.evaluate(
            """url => {
              const form = Object.assign(document.createElement('form'), {method: 'post', action: url});
              document.body.append(form);
              form.submit();
            }""",
            campus.address("campus") + f"teach/{COURSE}/{LESSON}/release",
        )
    assert gone.value is not None and gone.value.status == 403
    ines.teach()
    assert "Being released now" not in ines.page.content()
    after = sorted(path.name for path in (campus.state / "releases" / COURSE / LESSON).iterdir())
    assert after == before
    page.goto(trap)
    framed = page.evaluate(
        """url => new Promise(done => {
          const frame = document.createElement('iframe');
          frame.onload = () => { try { done(frame.contentDocument ? 'seen' : 'hidden') } catch { done('hidden') } };
          frame.src = url;
          document.body.append(frame);
          setTimeout(() => done('hidden'), 5000);
        })""",
        campus.address("campus") + f"teach/{COURSE}",
    )
    assert framed == "hidden"
    page.close()


def test_a_server_that_cannot_start_says_why(campus: RunningCampus) -> None:
    (campus.state / "homes" / "ben").mkdir(exist_ok=True)
    home = campus.state / "homes" / "ben"
    ben = campus.visitor("ben")
    ben.get("/hub/home")
    ended = {"X-XSRFToken": ben.cookie("_xsrf", f"{campus.url}/hub/") or ""}
    assert ben.request("DELETE", "/hub/api/users/ben/server", headers=ended).status in (202, 204, 400)
    aside = home.rename(home.with_name("ben.aside"))
    home.write_text("not a folder")
    try:
        page = ben.get(f"/hub/user-redirect/senolab/open/{COURSE}/{LESSON}")
        until = time.monotonic() + 30
        while "could not be started" not in page.text and time.monotonic() < until:
            time.sleep(1)
            page = ben.get(page.url)
        assert "the folder with your files cannot be opened" in page.text, (page.status, page.url, page.text)
    finally:
        home.unlink()
        aside.rename(home)
