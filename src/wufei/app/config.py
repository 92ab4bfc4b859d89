"""Every setting of Wufei in one table: its environment name, its default, what it does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wufei.terms import NamedError

TRUE = {"1", "true", "yes", "on"}
FALSE = {"", "0", "false", "no", "off"}


class SettingUnreadable(NamedError):
    """An environment variable holds what its setting cannot be."""

    code = "setting_unreadable"
    zh = "环境变量 {env}=“{value}” 无法识别，应为{wanted_zh}。"
    en = "Environment variable {env}={value!r} cannot be read; it should be {wanted_en}."
    remedy_zh = "请改正或删除该环境变量；全部设置见 docs/settings.md。"
    remedy_en = "Correct or remove the variable; every setting is listed in docs/settings.md."


@dataclass(frozen=True)
class Setting:
    """One row of the table: environment name, default as text, meaning in both languages."""

    env: str
    default: str
    zh: str
    en: str


TABLE = (
    Setting("WUFEI_DATA", "var", "数据文件夹", "the data folder: database, keys, logs"),
    Setting("WUFEI_HOST", "127.0.0.1", "监听地址", "the address to listen on"),
    Setting("WUFEI_PORT", "8000", "监听端口", "the port to listen on"),
    Setting("WUFEI_WORKERS", "2", "网页进程数", "web processes"),
    Setting("WUFEI_THREADS", "4", "每个网页进程的线程数", "threads per web process"),
    Setting(
        "WUFEI_ALLOWED_HOSTS",
        "",
        "允许的主机名，逗号分隔；空则为本机各名称和地址",
        "host names to answer to, comma-separated; empty means this machine's own names and addresses",
    ),
    Setting(
        "WUFEI_HTTPS",
        "0",
        "1 表示前面有 HTTPS 反向代理：只用安全 Cookie 并要求 HTTPS",
        "1 when an HTTPS proxy stands in front: secure cookies and HTTPS only",
    ),
    Setting(
        "WUFEI_SECRET_KEY",
        "",
        "会话签名密钥；空则在数据文件夹中生成并保存",
        "signs the sessions; empty means one generated and kept in the data folder",
    ),
    Setting(
        "WUFEI_PERSONAL_KEYS",
        "",
        "个人信息加密密钥文件；空则在数据文件夹中生成并保存。请与数据库分开备份",
        "the file of personal-data keys; empty means one made in the data folder. Back it up apart from the database",
    ),
    Setting(
        "WUFEI_STALE_DAYS",
        "90",
        "多少天未登录的账户自动停用；0 表示不停用",
        "days without a sign-in after which an account is closed by the daily job; 0 for never",
    ),
    Setting(
        "WUFEI_PERSONAL_CIPHER",
        "aes-256-gcm",
        "新密钥的算法：aes-256-gcm 或 sm4-gcm（国密）",
        "the cipher of new personal-data keys: aes-256-gcm or sm4-gcm",
    ),
    Setting(
        "WUFEI_CLAMD",
        "",
        "病毒扫描程序 clamd 的 Unix 套接字；设定后每个上传的附件先经扫描，扫描程序不应答则不收",
        "the Unix socket of the virus scanner clamd; once set, no attachment is taken before it was scanned",
    ),
    Setting(
        "DATABASE_URL",
        "",
        "自备 PostgreSQL 的地址（网页使用的角色）；空则启动内置数据库",
        "your own PostgreSQL, as the role the pages use; empty means the embedded one",
    ),
    Setting(
        "WUFEI_OWNER_DATABASE_URL",
        "",
        "自备 PostgreSQL 中拥有表结构的角色；空则与 DATABASE_URL 相同",
        "your own PostgreSQL, as the role that owns the tables; empty means DATABASE_URL",
    ),
    Setting(
        "WUFEI_DATABASE_START_SECONDS",
        "120",
        "等待内置数据库启动的最长秒数",
        "how long to wait for the embedded database, in seconds",
    ),
    Setting(
        "WUFEI_SECOND_FACTOR",
        "required",
        "签署或管理的角色是否必须使用第二因素：required 必须，offered 可选",
        "whether roles that sign or administer need a second factor: required or offered",
    ),
    Setting(
        "WUFEI_SIGN_IN_TRIES",
        "5",
        "同一账户连续登录失败多少次后锁定；同一地址为其四倍",
        "failed sign-ins in a row that lock an account; an address locks at four times as many",
    ),
    Setting(
        "WUFEI_LOCK_MINUTES",
        "15",
        "锁定的分钟数",
        "how long a lock lasts, in minutes",
    ),
    Setting(
        "WUFEI_IDLE_MINUTES",
        "60",
        "无操作多少分钟后会话结束",
        "idle minutes that end a session",
    ),
    Setting(
        "WUFEI_ADMIN_IDLE_MINUTES",
        "15",
        "管理角色无操作多少分钟后会话结束",
        "the same for roles that administer",
    ),
    Setting(
        "WUFEI_SESSION_HOURS",
        "12",
        "会话最长小时数",
        "the longest session, in hours",
    ),
    Setting(
        "WUFEI_ADMIN_SESSION_HOURS",
        "8",
        "管理角色会话最长小时数",
        "the same for roles that administer",
    ),
    Setting(
        "WUFEI_PASSWORD_DAYS",
        "0",
        "密码最长使用天数；0 表示不定期更换",
        "days after which a password must be changed; 0 means never",
    ),
    Setting(
        "WUFEI_RATE_PER_TOKEN",
        "20000",
        "每个接口令牌每分钟的请求数",
        "requests a minute for one API token",
    ),
    Setting(
        "WUFEI_RATE_PER_ORG",
        "40000",
        "每个单位每分钟的接口请求数",
        "API requests a minute for one organisation",
    ),
    Setting(
        "WUFEI_RATE_PER_ADDRESS",
        "40000",
        "每个网络地址每分钟的接口请求数",
        "API requests a minute for one network address",
    ),
    Setting(
        "WUFEI_OIDC_ISSUER",
        "",
        "政务身份平台（OpenID Connect）的签发者地址；空则不启用",
        "the issuer of a government identity provider (OpenID Connect); empty means none",
    ),
    Setting(
        "WUFEI_OIDC_CLIENT_ID",
        "",
        "在该平台登记的客户端编号",
        "the client id registered there",
    ),
    Setting(
        "WUFEI_OIDC_CLIENT_SECRET",
        "",
        "该客户端的密钥",
        "the client's secret",
    ),
    Setting(
        "WUFEI_PRIVATE_URLS",
        "0",
        "1 表示允许系统访问内网或不加密的身份平台地址",
        "1 lets the system call an identity provider at a private or unencrypted address",
    ),
)
_DEFAULTS = {setting.env: setting.default for setting in TABLE}


def checkout() -> Path | None:
    """The folder of the source checkout this code runs from; None when it was installed as a package."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / "pyproject.toml").is_file() else None


def _default_data(environ: Mapping[str, str]) -> Path:
    root = checkout()
    if root:
        return root / _DEFAULTS["WUFEI_DATA"]
    base = environ.get("XDG_DATA_HOME") or Path(environ.get("HOME") or "~").expanduser() / ".local/share"
    return Path(base) / "wufei"


@dataclass(frozen=True)
class SignIn:
    """The settings of sign-in and of the API's limits; times in the units of their names, rates per minute."""

    second_factor: str
    tries: int
    lock_minutes: int
    idle_minutes: int
    admin_idle_minutes: int
    session_hours: int
    admin_session_hours: int
    password_days: int
    rate_per_token: int
    rate_per_org: int
    rate_per_address: int
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str
    private_urls: bool

    @classmethod
    def read(cls, read: _Reader) -> SignIn:
        """Take them from an environment; raises SettingUnreadable."""
        most = 10**9
        return cls(
            second_factor=read.choice("WUFEI_SECOND_FACTOR", ("required", "offered")),
            tries=read.whole("WUFEI_SIGN_IN_TRIES", 1, 1000),
            lock_minutes=read.whole("WUFEI_LOCK_MINUTES", 1, 10080),
            idle_minutes=read.whole("WUFEI_IDLE_MINUTES", 1, 10080),
            admin_idle_minutes=read.whole("WUFEI_ADMIN_IDLE_MINUTES", 1, 10080),
            session_hours=read.whole("WUFEI_SESSION_HOURS", 1, 720),
            admin_session_hours=read.whole("WUFEI_ADMIN_SESSION_HOURS", 1, 720),
            password_days=read.whole("WUFEI_PASSWORD_DAYS", 0, 3650),
            rate_per_token=read.whole("WUFEI_RATE_PER_TOKEN", 1, most),
            rate_per_org=read.whole("WUFEI_RATE_PER_ORG", 1, most),
            rate_per_address=read.whole("WUFEI_RATE_PER_ADDRESS", 1, most),
            oidc_issuer=read.text("WUFEI_OIDC_ISSUER").rstrip("/"),
            oidc_client_id=read.text("WUFEI_OIDC_CLIENT_ID"),
            oidc_client_secret=read.text("WUFEI_OIDC_CLIENT_SECRET"),
            private_urls=read.flag("WUFEI_PRIVATE_URLS"),
        )


@dataclass(frozen=True)
class Settings:
    """The settings in force, typed; made once from the environment."""

    data: Path
    host: str
    port: int
    workers: int
    threads: int
    allowed_hosts: tuple[str, ...]
    https: bool
    secret_key: str | None
    personal_keys: Path | None
    personal_cipher: str
    stale_days: int
    clamd: str
    database_url: str | None
    owner_database_url: str | None
    database_start_seconds: int
    sign_in: SignIn

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read the table's names from `environ`; raises SettingUnreadable."""
        read = _Reader(environ)
        url = read.text("DATABASE_URL") or None
        return cls(
            data=Path(environ.get("WUFEI_DATA") or _default_data(environ)).absolute(),
            host=read.text("WUFEI_HOST"),
            port=read.whole("WUFEI_PORT", 0, 65535),
            workers=read.whole("WUFEI_WORKERS", 1, 64),
            threads=read.whole("WUFEI_THREADS", 1, 64),
            allowed_hosts=tuple(h.strip() for h in read.text("WUFEI_ALLOWED_HOSTS").split(",") if h.strip()),
            https=read.flag("WUFEI_HTTPS"),
            secret_key=read.text("WUFEI_SECRET_KEY") or None,
            personal_keys=Path(read.text("WUFEI_PERSONAL_KEYS")) if read.text("WUFEI_PERSONAL_KEYS") else None,
            stale_days=read.whole("WUFEI_STALE_DAYS", 0, 3650),
            personal_cipher=read.choice("WUFEI_PERSONAL_CIPHER", ("aes-256-gcm", "sm4-gcm")),
            clamd=read.text("WUFEI_CLAMD"),
            database_url=url,
            owner_database_url=read.text("WUFEI_OWNER_DATABASE_URL") or url,
            database_start_seconds=read.whole("WUFEI_DATABASE_START_SECONDS", 1, 86400),
            sign_in=SignIn.read(read),
        )


class _Reader:
    """Reads one value at a time from an environment, with the table's defaults."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, env: str) -> str:
        return self._environ.get(env, _DEFAULTS[env]).strip() or _DEFAULTS[env]

    def whole(self, env: str, least: int, most: int) -> int:
        value = self.text(env)
        if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
            wanted = {"wanted_zh": f" {least} 至 {most} 的整数", "wanted_en": f"a whole number {least} to {most}"}
            raise SettingUnreadable(env=env, value=value, **wanted)
        return int(value)

    def choice(self, env: str, choices: tuple[str, ...]) -> str:
        value = self.text(env).lower()
        if value not in choices:
            wanted = {"wanted_zh": " " + " 或 ".join(choices), "wanted_en": " or ".join(choices)}
            raise SettingUnreadable(env=env, value=value, **wanted)
        return value

    def flag(self, env: str) -> bool:
        value = self.text(env).lower()
        if value not in TRUE | FALSE:
            raise SettingUnreadable(env=env, value=value, wanted_zh=" 0 或 1", wanted_en="0 or 1")
        return value in TRUE


def current() -> Settings:
    """The settings of this process, read from its environment now."""
    return Settings.from_environ(os.environ)
