"""Why a place is a candidate: the fixed sentences of `Candidate.why`, Chinese and marked for translation."""

from linli.places.locating.errors import gettext_noop

INSIDE = gettext_noop("位置在网格范围内。")
BORDER = gettext_noop("位置在几个网格的交界处或重叠处，取编号最小的网格。")
NEAR = gettext_noop("位置不在任何网格内，这是附近的网格。")

NAME_AND_NUMBER = gettext_noop("小区与楼栋都吻合。")
NAME = gettext_noop("建筑名称吻合。")
ROAD = gettext_noop("路名与门牌号吻合。")
SEVERAL = gettext_noop("有多处同样吻合，请选择。")
SIMILAR = gettext_noop("名称相近，请核对。")
PARTLY = gettext_noop("只有一部分吻合，请核对。")
UNSURE = gettext_noop("地址可以有别的理解，请核对。")
NUMBER_ONLY = gettext_noop("只说了楼栋号，本社区内有这个楼栋。")

COMPOUND_IN_GRID = gettext_noop("小区吻合，未说明楼栋；小区在这个网格内。")
COMPOUND_IN_GRIDS = gettext_noop("小区吻合，未说明楼栋；小区跨几个网格。")
NO_SUCH_BUILDING = gettext_noop("小区吻合，但没有登记这个楼栋。")
NO_GRID = gettext_noop("小区吻合，但不知道属于哪个网格。")
ROAD_IN_GRID = gettext_noop("路名吻合，这里有不止一栋楼或没有说明楼栋。")
