"""Usage: run.py STEPS. Runs the stories of STEPS with the Python kit that is installed."""

import http.client
import json
import re
import string
import sys
import urllib.parse

import qamera_mock


def filled(value, kept):
    """`${name}` in texts becomes what was kept under that name."""
    if isinstance(value, str):
        return string.Template(value).substitute(kept) if "${" in value else value
    if isinstance(value, list):
        return [filled(one, kept) for one in value]
    return {name: filled(one, kept) for name, one in value.items()} if isinstance(value, dict) else value


def snake(name):
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name)


def assert_has(seen, expected, at):
    """All of `expected` is in `seen`: objects may have further members."""
    if isinstance(expected, list):
        assert isinstance(seen, list) and len(seen) == len(expected), f"{at}: {seen!r}"
        for index, one in enumerate(expected):
            assert_has(seen[index], one, f"{at}/{index}")
    elif isinstance(expected, dict):
        for name, one in expected.items():
            assert isinstance(seen, dict) and name in seen, f"{at}/{name}: {seen!r}"
            assert_has(seen[name], one, f"{at}/{name}")
    else:
        assert seen == expected, f"{at}: expected {expected!r}, was {seen!r}"


def at(value, pointer):
    for name in pointer[1:].split("/"):
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


def send(base, key, method, path, body=None):
    headers = {"Content-Type": "application/json", **({"X-Api-Key": key} if key else {})}
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(base).netloc, timeout=60)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        reply = connection.getresponse()
        return {"status": reply.status, "body": json.loads(reply.read())}
    except (OSError, http.client.HTTPException):
        return {"lost": True}
    finally:
        connection.close()


class World:
    """What the steps of one story share."""

    def __init__(self):
        self.server = None
        self.workspaces = {}
        self.kept = {}

    def take(self, step):
        arguments = filled(step.get("with", []), self.kept)
        options = {snake(name): value for name, value in step.get("options", {}).items()}
        workspace = self.workspaces.get(step.get("on"))
        if step["call"] == "start":
            self.server = qamera_mock.start(*arguments, **options)
            return None
        if step["call"] == "send":
            return send(self.server.url, workspace.key if workspace else step.get("key"), *arguments)
        owner = workspace or self.server
        for name in step["call"].split("."):
            owner = getattr(owner, snake(name))
        return owner(*arguments, **options)


def run(story):
    world = World()
    for number, step in enumerate(story["steps"], 1):
        where = f"{story['name']}, step {number} ({step['call']})"
        try:
            given, failure = world.take(step), None
        except qamera_mock.QameraMockError as error:
            given, failure = None, error
        if "fails" in step:
            assert failure, f"{where}: did not fail"
            for text in step["fails"]:
                assert text in str(failure), f"{where}: {text}\n{failure}"
            continue
        if failure:
            raise AssertionError(f"{where}: {failure}") from failure
        if "gives" in step:
            assert_has(given, filled(step["gives"], world.kept), where)
        for name, pointer in step.get("keep", {}).items():
            world.kept[name] = at(given, pointer)
        if "as" in step:
            world.workspaces[step["as"]] = given


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        stories = json.load(file)["stories"]
    for story in stories:
        run(story)
    print(f"{len(stories)} stories, {sum(len(story['steps']) for story in stories)} steps")


if __name__ == "__main__":
    main()
