"""The mongod of one system: a replica set of one, and a user for each database."""

from collections.abc import Iterable
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from services import SERVICES
from testkit.servers.layout import TOOLS, StackError
from testkit.servers.programs import Program, Site
from testkit.waiting import poll

REPLICA_SET = "xueshi"
KEYRING = "keyring"
KEYRING_USERS = (*SERVICES, "worker")
ELECTION_SECONDS = 30.0
AUTHENTICATION_FAILED, ALREADY_INITIALISED, USER_EXISTS = 18, 23, 51003


def program(site: Site, namespaces: Iterable[str]) -> Program:
    """`namespaces` are suffixes of database names: "" for the running system, "_test" for tests beside it."""
    return Program(
        name="mongod",
        group="servers",
        command=_command(site),
        ready=lambda: _listens(site),
        prepare=lambda: prepare(site, tuple(namespaces)),
        stop_seconds=30,
    )


def uri(site: Site, user: str, database: str) -> str:
    """The connection string of `user`, with `database` as its default database."""
    password = site.credentials.secret(f"mongodb-{user}")
    where = f"127.0.0.1:{site.ports['mongod']}/{database}"
    return f"mongodb://{user}:{password}@{where}?authSource=admin&replicaSet={REPLICA_SET}"


def prepare(site: Site, namespaces: tuple[str, ...]) -> None:
    """Initiate the replica set and create its users; nothing happens where that is done."""
    if not _knows_admin(site):
        with _client(site) as anyone:  # the localhost exception, until the first user exists
            _initiate(anyone, site)
            _create_user(anyone, site, "admin", ["root"])
    with _admin(site) as admin:
        _follow_port(admin, site)
        for namespace in namespaces:
            _create_users(admin, site, namespace)


def _command(site: Site) -> tuple[str, ...]:
    # keyFile: 6 to 1024 characters of base64, readable by its owner only.
    key = site.credentials.path("mongodb-keyfile")
    return (
        str(TOOLS / "mongod"),
        *("--dbpath", str(site.folder("mongodb"))),
        *("--bind_ip", "127.0.0.1", "--port", str(site.ports["mongod"]), "--nounixsocket"),
        *("--replSet", REPLICA_SET, "--oplogSize", "128", "--keyFile", str(key)),
        *("--wiredTigerCacheSizeGB", "0.25", "--quiet"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    )


def _client(site: Site, **options: Any) -> "MongoClient[dict[str, Any]]":
    options |= {"serverSelectionTimeoutMS": 5_000}
    return MongoClient("127.0.0.1", site.ports["mongod"], directConnection=True, **options)


def _admin(site: Site) -> "MongoClient[dict[str, Any]]":
    return _client(site, username="admin", password=site.credentials.secret("mongodb-admin"))


def _listens(site: Site) -> bool:
    try:
        with _client(site) as client:
            return bool(client.admin.command("hello")["ok"])
    except PyMongoError:
        return False


def _knows_admin(site: Site) -> bool:
    try:
        with _admin(site) as admin:
            return bool(admin.admin.command("ping")["ok"])
    except OperationFailure as error:
        if error.code != AUTHENTICATION_FAILED:
            raise
        return False


def _members(site: Site) -> list[dict[str, Any]]:
    return [{"_id": 0, "host": f"127.0.0.1:{site.ports['mongod']}"}]


def _initiate(client: "MongoClient[dict[str, Any]]", site: Site) -> None:
    try:
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": _members(site)})
    except OperationFailure as error:
        if error.code != ALREADY_INITIALISED:  # a crash came between this and the first user
            raise
    _await_primary(client)


def _await_primary(client: "MongoClient[dict[str, Any]]") -> None:
    if not poll(lambda: client.admin.command("hello").get("isWritablePrimary"), ELECTION_SECONDS):
        raise StackError(f"mongod has not become primary within {ELECTION_SECONDS:.0f} s.")


def _follow_port(admin: "MongoClient[dict[str, Any]]", site: Site) -> None:
    """The replica set keeps the member's address; the port may differ from the last run's."""
    config = admin.local["system.replset"].find_one() or {}
    if config.get("members", [{}])[0].get("host") != _members(site)[0]["host"]:
        config |= {"members": _members(site), "version": config["version"] + 1}
        admin.admin.command("replSetReconfig", config, force=True)
    _await_primary(admin)


def _create_users(admin: "MongoClient[dict[str, Any]]", site: Site, namespace: str) -> None:
    for user in KEYRING_USERS:
        role = f"{KEYRING}{namespace}-{user}"
        _create_role(admin, role, KEYRING + namespace, _keyring_actions(user))
        roles: list[Any] = [role]
        if user in SERVICES:
            roles.append({"role": "readWrite", "db": user + namespace})
        _create_user(admin, site, user + namespace, roles)


def _keyring_actions(user: str) -> list[str]:
    """Services read and make keys of persons, identity alone destroys them (R33), the worker only reads."""
    if user == "worker":
        return ["find"]
    actions = ["find", "insert", "createIndex", "createCollection", "listIndexes"]
    return [*actions, "update", "remove"] if user == "identity" else actions


def _create_role(admin: "MongoClient[dict[str, Any]]", role: str, database: str, actions: list[str]) -> None:
    privileges = [{"resource": {"db": database, "collection": ""}, "actions": actions}]
    exists = admin.admin.command("rolesInfo", role)["roles"]
    admin.admin.command("updateRole" if exists else "createRole", role, privileges=privileges, roles=[])


def _create_user(client: "MongoClient[dict[str, Any]]", site: Site, user: str, roles: list[Any]) -> None:
    password = site.credentials.secret(f"mongodb-{user}")
    try:
        client.admin.command("createUser", user, pwd=password, roles=roles, mechanisms=["SCRAM-SHA-256"])
    except OperationFailure as error:
        if error.code != USER_EXISTS:
            raise
