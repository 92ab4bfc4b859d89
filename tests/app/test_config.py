"""Settings: read from the environment, refused when unreadable, written down in docs/settings.md."""

import re
from pathlib import Path

import pytest

from wufei.app import config
from wufei.app.config import Settings, SettingUnreadable
from wufei.app.databases import rows


def test_an_empty_environment_gives_the_table_s_defaults() -> None:
    settings = Settings.from_environ({})
    assert (settings.host, settings.port, settings.workers, settings.threads) == ("127.0.0.1", 8000, 2, 4)
    assert settings.data == config.checkout() / "var"
    assert settings.secret_key is None
    assert settings.database_url is None
    assert not settings.https


def test_an_installed_package_keeps_its_data_in_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "checkout", lambda: None)
    assert Settings.from_environ({"HOME": "/x"}).data == Path("/x/.local/share/wufei")
    assert Settings.from_environ({"HOME": "/x", "XDG_DATA_HOME": "/y"}).data == Path("/y/wufei")


def test_an_empty_value_is_the_default() -> None:
    assert Settings.from_environ({"WUFEI_PORT": " ", "WUFEI_DATA": ""}).port == 8000


@pytest.mark.parametrize(
    ("env", "value"),
    [
        ("WUFEI_PORT", "65536"),
        ("WUFEI_PORT", "-1"),
        ("WUFEI_PORT", "８０"),
        ("WUFEI_WORKERS", "0"),
        ("WUFEI_THREADS", "many"),
        ("WUFEI_HTTPS", "perhaps"),
        ("WUFEI_DATABASE_START_SECONDS", "1.5"),
    ],
)
def test_an_unreadable_value_is_refused(env: str, value: str) -> None:
    with pytest.raises(SettingUnreadable, match=env):
        Settings.from_environ({env: value})


def test_hosts_are_a_list() -> None:
    settings = Settings.from_environ({"WUFEI_ALLOWED_HOSTS": "a.example, b.example,"})
    assert settings.allowed_hosts == ("a.example", "b.example")


def test_your_own_server_may_have_an_owner_of_its_own() -> None:
    urls = {"DATABASE_URL": "postgres://app:p@db/w", "WUFEI_OWNER_DATABASE_URL": "postgres://owner:q@db/w"}
    app, owner = rows(Settings.from_environ(urls))
    assert (app["USER"], owner["USER"]) == ("app", "owner")
    app, owner = rows(Settings.from_environ({"DATABASE_URL": "postgres://app:p@db/w"}))
    assert app == owner


def test_a_refused_address_does_not_show_its_password() -> None:
    for url in ("mysql://me:hidden@db/w", "postgres://me:hidden@db:port/w", "nonsense"):
        with pytest.raises(SettingUnreadable) as caught:
            rows(Settings.from_environ({"DATABASE_URL": url}))
        assert "hidden" not in caught.value.render("en")


def test_before_the_first_start_the_row_names_the_coming_socket(tmp_path: Path) -> None:
    app, _ = rows(Settings.from_environ({"WUFEI_DATA": str(tmp_path)}))
    assert app["HOST"] == str(tmp_path / "postgres/socket")


def test_the_settings_page_holds_the_table(root: Path) -> None:
    page = (root / "docs/settings.md").read_text(encoding="utf-8")
    rows_there = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$", page, re.MULTILINE)
    here = [(s.env, f"`{s.default}`" if s.default else "–", s.zh, s.en) for s in config.TABLE]
    assert rows_there == here


def test_passwords_are_hashed_with_argon2_and_pages_are_closed_to_scripts_from_elsewhere() -> None:
    from django.conf import settings

    real = [hasher for hasher in settings.PASSWORD_HASHERS if "MD5" not in hasher]
    assert real[0].endswith("Argon2PasswordHasher")
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert not [d for d, values in directives.items() if any("unsafe" in v or v == "*" for v in values)]
    assert settings.TIME_ZONE == "Asia/Shanghai"
    assert settings.DEBUG is False
