from __future__ import annotations

import logging
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from unibox_tui.domain.errors import WrongUse
from unibox_tui.host import keychain
from unibox_tui.host.keychain import Keychain, KeychainFailed, choose, class_name
from unibox_tui.host.secrets import Secrets, SecretUnavailable, variable

PASSWORD = "mật-khẩu s3cret"


class Locker:
    """Behaves as a keyring backend does."""

    def __init__(self, locked: bool = False) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = locked

    def get_password(self, service: str, name: str) -> str | None:
        if self.locked:
            raise RuntimeError(f"locked, and here is a secret: {PASSWORD}")
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, value: str) -> None:
        if self.locked:
            raise RuntimeError("locked")
        self.kept[service, name] = value

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


def chain(folder: Path, *, environ: dict[str, str] | None = None, locker: Any = None, commands: Any = None) -> Secrets:
    keyring = Keychain("unibox", locker) if locker is not None else None
    return Secrets(folder, commands=commands, environ=environ or {}, keychain=keyring, use_keyring=False)


def test_each_place_in_order(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    locker = Locker()
    environ = {"UNIBOX_SECRET_SHOP_A_PASSWORD": "from env"}
    commands: dict[str, Any] = {}
    secrets = chain(tmp_path, environ=environ, locker=locker, commands=commands)

    assert secrets.secret_of("shop-b", "password") is None
    assert secrets.secret_of("shop-a", "password") == "from env"
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/shop-a.password").write_text("from file\n")
    (tmp_path / "secrets/shop-a.password").chmod(0o600)
    assert secrets.secret_of("shop-a", "password") == "from file"
    commands["shop-a"] = [sys.executable, "-c", "print('from command')"]
    assert secrets.secret_of("shop-a", "password") == "from command"
    locker.kept["unibox:shop-a", "password"] = "from keyring"
    assert secrets.secret_of("shop-a", "password") == "from keyring"
    environ["CREDENTIALS_DIRECTORY"] = str(credentials)
    (credentials / "shop-a.password").write_text("from systemd\n")
    assert secrets.secret_of("shop-a", "password") == "from systemd"
    assert secrets.of_inbox("shop-a")("password") == "from systemd"


def test_store_uses_a_good_keyring(tmp_path: Path) -> None:
    locker = Locker()
    secrets = chain(tmp_path, locker=locker)
    assert secrets.store("shop-a", "password", PASSWORD) == "the keyring"
    assert secrets.secret_of("shop-a", "password") == PASSWORD
    assert not (tmp_path / "secrets").exists()
    assert secrets.forget("shop-a", "password") == ["the keyring"]
    assert secrets.secret_of("shop-a", "password") is None


@pytest.mark.parametrize("locker", [None, Locker(locked=True)], ids=["none", "locked"])
def test_store_falls_back_to_a_private_file(tmp_path: Path, locker: Any, caplog: pytest.LogCaptureFixture) -> None:
    secrets = chain(tmp_path, locker=locker)
    path = tmp_path / "secrets/shop-a.password"
    assert secrets.store("shop-a", "password", PASSWORD) == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert secrets.secret_of("shop-a", "password") == PASSWORD
    assert PASSWORD not in caplog.text
    assert secrets.forget("shop-a", "password") == [str(path)]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    secrets = chain(tmp_path)
    path = Path(secrets.store("shop-a", "password", PASSWORD))
    path.chmod(mode)
    with pytest.raises(SecretUnavailable, match="open to others") as caught:
        secrets.secret_of("shop-a", "password")
    assert f"chmod 600 {path}" in caught.value.hint
    assert PASSWORD not in str(caught.value)


def test_a_linked_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").write_text(PASSWORD)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/shop-a.password").symlink_to(tmp_path / "other")
    with pytest.raises(SecretUnavailable, match="cannot be read"):
        chain(tmp_path).secret_of("shop-a", "password")


def test_command_gets_inbox_and_name_and_its_failure_is_named_without_its_words(tmp_path: Path) -> None:
    show = [sys.executable, "-c", "import sys; print(sys.argv[1])", "{inbox}/{name}"]
    assert chain(tmp_path, commands={"*": show}).secret_of("shop-a", "token") == "shop-a/token"
    only = chain(tmp_path, commands={"shop-a": {"token": show}})
    assert only.secret_of("shop-a", "token") == "shop-a/token"
    assert only.secret_of("shop-a", "password") is None

    failing = [
        sys.executable,
        "-c",
        f"import sys; print({PASSWORD!r}); print({PASSWORD!r}, file=sys.stderr); sys.exit(3)",
    ]
    with pytest.raises(SecretUnavailable, match="password of shop-a ended with exit status 3") as caught:
        chain(tmp_path, commands={"shop-a": failing}).secret_of("shop-a", "password")
    assert PASSWORD not in str(caught.value)
    with pytest.raises(SecretUnavailable, match="cannot be started"):
        chain(tmp_path, commands={"shop-a": ["/no/such/program"]}).secret_of("shop-a", "password")


def test_a_failing_keyring_does_not_hide_the_rest_and_tells_no_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = chain(tmp_path, locker=Locker(locked=True), environ={"UNIBOX_SECRET_SHOP_A_PASSWORD": "from env"})
    with caplog.at_level(logging.DEBUG):
        assert secrets.secret_of("shop-a", "password") == "from env"
    assert "password of shop-a" in caplog.text
    assert PASSWORD not in caplog.text
    assert PASSWORD not in repr(secrets)


def test_names_cannot_lead_elsewhere(tmp_path: Path) -> None:
    for inbox, name in (("../etc", "password"), ("shop-a", "../../x"), ("", "password"), ("shop-a", "a/b")):
        with pytest.raises(WrongUse):
            chain(tmp_path).secret_of(inbox, name)
    with pytest.raises(WrongUse, match="empty"):
        chain(tmp_path).store("shop-a", "password", "")


def test_variable_name() -> None:
    assert variable("shop-a.vn", "smtp_password") == "UNIBOX_SECRET_SHOP_A_VN_SMTP_PASSWORD"


def plain_backend() -> Any:
    """As keyrings.alt brings it."""
    kind = type("PlaintextKeyring", (), {"priority": 0.5})
    kind.__module__ = "keyrings.alt.file"
    return kind()


def good_backend() -> Any:
    kind = type("Keyring", (), {"priority": 5})
    kind.__module__ = "keyring.backends.SecretService"
    return kind()


def test_only_encrypting_backends_are_chosen() -> None:
    good = good_backend()
    assert choose([plain_backend(), good]) == (good, ("keyrings.alt.file.PlaintextKeyring",))
    assert choose([plain_backend()]) == (None, ("keyrings.alt.file.PlaintextKeyring",))
    assert choose([]) == (None, ())


def test_a_plain_keyring_of_the_library_is_never_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring

    monkeypatch.setattr(keyring, "get_keyring", plain_backend)
    real = Keychain("unibox")
    assert not real.usable
    assert real.refused == ("keyrings.alt.file.PlaintextKeyring",)
    where = Secrets(tmp_path, environ={}, keychain=real).store("shop-a", "password", PASSWORD)
    assert where == str(tmp_path / "secrets/shop-a.password")


def test_a_machine_without_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyring.backends import fail
    from keyring.errors import NoKeyringError

    monkeypatch.setattr(keyring, "get_keyring", fail.Keyring)
    headless = Keychain("unibox")
    assert headless.get("shop-a", "password") is None
    assert headless.refused == ("keyring.backends.fail.Keyring",)
    with pytest.raises(KeychainFailed):
        headless.set("shop-a", "password", PASSWORD)

    def none() -> Any:
        raise NoKeyringError

    monkeypatch.setattr(keyring, "get_keyring", none)
    assert Keychain("unibox").get("shop-a", "password") is None


def test_a_keyring_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    never = threading.Event()

    class Silent:
        def get_password(self, *_: str) -> None:
            never.wait(30)

    monkeypatch.setattr(keychain, "ANSWER_S", 0.05)
    with pytest.raises(KeychainFailed, match="did not answer"):
        Keychain("unibox", Silent()).get("shop-a", "password")
    never.set()


def test_allowed_names_exist_in_the_library() -> None:
    """A renamed backend must not silently turn the keyring off."""
    import importlib

    for name in keychain.ALLOWED:
        module, _, kind = name.rpartition(".")
        assert hasattr(importlib.import_module(module), kind), name
    assert class_name(Locker()).endswith("test_secrets.Locker")


def test_two_workspaces_do_not_share_the_keyring(tmp_path: Path) -> None:
    from unibox_tui.host.secrets import _service

    assert _service(tmp_path / "a") != _service(tmp_path / "b") != "unibox"
