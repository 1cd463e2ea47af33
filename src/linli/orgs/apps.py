from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrgsConfig(AppConfig):
    name = "linli.orgs"
    verbose_name = _("组织与人员")

    def ready(self) -> None:
        from linli.kernel import audit, importers, jobs  # noqa: F401 - the audit registers its check
        from linli.orgs import channels
        from linli.orgs.gateway import HttpGateway
        from linli.orgs.serving import serving
        from linli.orgs.staff_import import import_staff
        from linli.places import companies

        channels.register("http", HttpGateway)
        companies.register(serving)
        jobs.every(minutes=60, path="linli.orgs.jobs.tidy")
        importers.register(
            "staff",
            import_staff,
            "accounts and posts of staff: 姓名, 单位, 岗位, and perhaps 手机号, 用户名, 区划代码, 网格, 小区, 任职日期, 离任日期",
        )
