"""What a hostile learner tries on a real campus: from her notebook, and by a page for her teacher."""

import json
import re
import textwrap
import time
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
        import glob, os, pathlib
        state = {state!r}
        names = ["homes/ana", "keys", "secrets", "people.json", "hub/hub.sqlite", "campus/campus.sqlite",
                 "grader/{COURSE}/gradebook.db", "run", "exams/truth", "logs"]
        places = [f"{{state}}/{{name}}" for name in names] + ["/home/ana", "/etc/shadow", "/root", "/var/lib/senolab"]
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


def test_too_many_processes_and_too_much_memory_stop_their_owner_alone(
    campus: RunningCampus, carla: Visitor
) -> None:
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
        print(len(made) < 2000)
        for one in made:
            one.kill()
            one.wait()
        """,
    )
    assert "False" not in said
    assert campus.visitor("ana").get(campus.home_of("ana") + "api").status == 200
    assert campus.process.poll() is None


def test_a_full_disk_stops_its_owner_with_a_sentence(campus: RunningCampus, carla: Visitor) -> None:
    settings = json.loads((campus.state / "run" / "campus.json").read_text("utf-8"))
    if carla.get(campus.home_of("carla") + "api").status != 200:
        carla.start_server("carla")
    code = f"""
    import os
    try:
        for number in range(64):
            with open(f"filler-{{number}}", "wb") as file:
                os.posix_fallocate(file.fileno(), 0, {settings["file_mb"]} * 1024 * 1024 // 2)
    except OSError as error:
        print(error)
    import time
    time.sleep(60)
    """
    with suppress(Exception):  # the server goes away in the middle of the answer; that is what is wanted
        tried(campus, carla, code, patience=30)
    notice = campus.state / "notices" / "carla.json"
    until = time.monotonic() + 30
    while not notice.exists():
        assert time.monotonic() < until, "no notice was written"
        time.sleep(0.5)
    told = json.loads(notice.read_text("utf-8"))
    assert told["what"] == "disk"
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


def test_a_learners_page_cannot_act_as_the_teacher_who_opens_it(campus: RunningCampus, people) -> None:
    ines = people("ines")
    if ines.page is None:
        ines.sign_in()
    asked = [
        ["GET", f"{campus.url}/hub/api/user"],
        ["GET", f"{campus.url}/hub/token"],
        ["GET", campus.address("campus") + f"teach/{COURSE}"],
        ["POST", campus.address("campus") + f"teach/{COURSE}/{LESSON}/release"],
        ["GET", campus.home_of("ines") + "api/contents"],
        ["GET", campus.address(f"grader-{COURSE}") + "formgrader/api/assignments"],
    ]
    trap = f"http://carla.localhost:{campus.port}/user/carla/files/trap.html"
    page = ines.context.new_page()
    # Her own server refuses the teacher; what if she got the page to open all the same, on her own address?
    answer = page.goto(trap)
    assert answer.status == 403 or "files/trap.html" not in page.url
    page.route(trap, lambda route: route.fulfill(body=EVIL % json.dumps(asked), content_type="text/html"))
    page.goto(trap)
    results = page.evaluate("() => window.results")
    assert [result[1] for result in results] == ["refused"] * len(asked), results
    assert not [c for c in ines.context.cookies(trap) if "senolab" in c["value"] or "campus" in c["name"]]
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
