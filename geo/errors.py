"""The errors raised: a code, a sentence in both languages and the values in it; nothing of HTTP."""

from typing import ClassVar

from geo.text import Text


class ShanheError(Exception):
    """An error a person is meant to read.

    Subclasses state ``code`` and ``sentence``; the keyword arguments fill the placeholders of the sentence
    and stay readable as ``values``.
    """

    code: ClassVar[str] = "error"
    sentence: ClassVar[Text] = Text(zh="出错：{reason}", en="Something went wrong: {reason}")

    def __init__(self, **values: object) -> None:
        self.values = values
        self.text = self.sentence.format(**values)
        super().__init__(f"{self.text.zh} / {self.text.en}")


class NotFound(ShanheError):
    """What was asked for is not there."""

    code = "not_found"
    sentence = Text(zh="找不到{noun}：{key}", en="{noun} not found: {key}")


class BadValue(ShanheError):
    """A parameter or setting has a value that cannot be used."""

    code = "bad_value"
    sentence = Text(zh="{name} 的值不可用：{value}（{reason}）", en="{name} cannot be {value} ({reason})")


class FileUnreadable(ShanheError):
    """A file cannot be opened as survey data."""

    code = "file_unreadable"
    sentence = Text(zh="无法读取文件 {file}：{reason}", en="Cannot read {file}: {reason}")


class FileRefused(ShanheError):
    """A file was read and has rows that cannot be loaded, and the user asked for all or nothing."""

    code = "file_refused"
    sentence = Text(
        zh="文件 {file} 有 {refused} 行不能入库，未写入任何数据",
        en="{refused} rows of {file} cannot be loaded; nothing was written",
    )


class DatabaseUnavailable(ShanheError):
    """The database does not answer."""

    code = "database_unavailable"
    sentence = Text(zh="数据库暂时无法连接：{reason}", en="The database cannot be reached: {reason}")


class DatabaseTooNew(ShanheError):
    """The database was upgraded by a newer program."""

    code = "database_too_new"
    sentence = Text(
        zh="数据库版本 {found} 比本程序新，请升级程序后再运行",
        en="The database is at version {found}, newer than this program: update the program first",
    )


class ExtensionMissing(ShanheError):
    """The database has no PostGIS and the role may not create it."""

    code = "extension_missing"
    sentence = Text(
        zh="数据库 {database} 没有 PostGIS，当前角色 {role} 无权创建；请管理员执行 CREATE EXTENSION postgis",
        en="Database {database} has no PostGIS and role {role} may not create it: have an administrator run"
        " CREATE EXTENSION postgis",
    )


class ClusterFailed(ShanheError):
    """The private PostgreSQL cluster cannot be made, started or stopped."""

    code = "cluster_failed"
    sentence = Text(zh="内置数据库无法启动：{reason_zh}", en="The private database cannot run: {reason_en}")


class CrsMissing(ShanheError):
    """A file does not say which coordinate system it is in."""

    code = "crs_missing"
    sentence = Text(
        zh="文件 {file} 未注明坐标系，从坐标也不能唯一判断（可能是：{guess}），请用 --crs 指定后再导入",
        en="{file} does not state its coordinate system and its numbers do not tell it (it may be: {guess}):"
        " state it with --crs",
    )


class PlacedNowhere(CrsMissing):
    """A file states no coordinate system, and its numbers lie in the county in none that is known."""

    code = "placed_nowhere"
    sentence = Text(
        zh="文件 {file} 未注明坐标系，坐标按任何已知坐标系解释都不在本县范围内",
        en="{file} states no coordinate system, and in none that is known do its coordinates lie in the county",
    )


class CrsContradicted(ShanheError):
    """The coordinates of a file do not lie where the stated coordinate system puts them."""

    code = "crs_contradicted"
    sentence = Text(
        zh="文件 {file} 的坐标按 {crs} 解释不在本县范围内；{instead}",
        en="As {crs} the coordinates of {file} do not lie in the county; {instead}",
    )


class DegreesAmbiguous(ShanheError):
    """Degrees that lie in the county whether they are read as decimal degrees or as degrees, minutes and seconds."""

    code = "degrees_ambiguous"
    sentence = Text(
        zh="文件 {file} 的经纬度按十进制度和按度分秒（ddd.mmss）读都在本县，请注明是哪一种",
        en="The degrees in {file} lie in the county both as decimal degrees and as ddd.mmss: state which they are",
    )
