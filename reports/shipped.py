"""The reports that come with the house, as data. Staff's edits are never overwritten."""
# ruff: noqa: E501 - a directive of the text language stands on one line

from django.db import transaction

from core.models import Organisation, User
from reports import services
from reports.models import Chapter, ReportDefinition

ANNUAL = "annual"

OPENING = """
现在，我代表{{ 组织.名称 }}向大会报告{{ 期间.年 }}工作情况和{{ 期间.下一年 }}工作安排，请予审议。

# {{ 期间.年 }}主要工作

{{ 期间.年 }}，全市各级工会聚焦主责主业，把职工最广泛地组织到工会中来，把基层建得更加扎实有力。
截至{{ 期间.截止日 }}，全市共有基层工会{{ organisation.unions_total }}，会员{{ members.total }}，
其中女会员{{ members.women }}、农民工会员{{ members.migrant }}。
"""

MEMBERSHIP = """
## 坚持应入尽入，会员队伍更加壮大

把新就业形态劳动者入会作为全年重点，沿行业链条和平台企业逐站逐点宣传发动，线上申请与上门服务相结合。
全年新发展会员{{ members.joined_persons }}，其中女会员{{ members.joined_women }}、
农民工会员{{ members.joined_migrant }}；网约送餐员、货车司机等新就业形态劳动者
{{ members.joined_new_form_workers | 万 }}加入工会，入会率达到{{ members.new_form_join_rate | 整数 }}，
八大群体入会实现{{ members.joined_groups }}覆盖。

坚持会籍跟着劳动关系走，全年办理会籍转入{{ members.transferred_in }}，因退会、去世等离会
{{ members.left_persons }}，会员净增{{ members.net_growth }}。会员实名率达到
{{ members.real_name_rate | 整数 }}，会员底数更清、联系更紧。

[[表 各区县和产业工会会员发展情况 | codes=members.total, members.women, members.joined_persons, members.joined_new_form_workers | by=child]]

[[图 各区县和产业工会新发展会员数 | code=members.joined_persons | by=child]]
"""

BUILDING = """
## 坚持应建尽建，基层基础更加牢固

深入推进基层工会组织建设，全年新建基层工会{{ organisation.unions_established }}，
新成立工会联合会{{ organisation.federations_established }}，货车司机、网约送餐员有了自己的“娘家”。
全年新增建会企业{{ organisation.enterprises_unionised_new }}，道路货运领域新发展会员
{{ members.joined_freight | 多 }}，新建工会覆盖八大领域中的{{ organisation.new_form_sectors }}。
全市工会涵盖法人单位{{ organisation.legal_units_covered }}，职工25人以上企业建会率达到
{{ organisation.eligible_enterprises_unionised | 整数 }}，职工100人以上企业建会率达到
{{ organisation.eligible_enterprises_unionised_100 | 整数 }}。

基层治理机制不断健全。{{ organisation.fiscal_appropriation_areas }}区县建立工会经费财政划拨制度，
“法院+工会”诉调对接区县覆盖率达到{{ organisation.area_coverage | 整数 }}，
{{ organisation.congress_held }}工会按期完成换届，符合条件的乡镇（街道）专职人员配备覆盖率达到
{{ organisation.staffing_coverage | 整数 }}。全年有工会干部{{ organisation.cadres_deployed | 多 }}下沉社区，与职工群众坐在一条板凳上。

[[表 各区县和产业工会组织建设情况 | codes=organisation.unions_total, organisation.unions_established, organisation.enterprises_unionised_new, organisation.legal_units_covered | by=child]]

[[名册 {{ 期间.年 }}新建基层工会名册 | code=organisation.unions_established]]
"""

AID = """
## 坚持精准帮扶，困难职工解困脱困扎实推进

健全困难职工档案动态管理，一户一档、逐户核算、应退尽退、应建尽建。截至{{ 期间.截止日 }}，全市在档困难职工家庭
{{ hardship.registered_households }}，其中深度困难{{ hardship.registered_deep }}、
相对困难{{ hardship.registered_relative }}、意外致困{{ hardship.registered_accident }}，
因病致困{{ hardship.registered_illness }}。全年新建档{{ hardship.filed_households }}，
解困脱困{{ hardship.exited_households }}，因死亡、调离等注销{{ hardship.cancelled_households }}；
2019年以前建档的全国级困难职工解困脱困率达到{{ hardship.exit_rate_national_old | 整数 }}。

坚持先建档、后帮扶，帮扶资金全部打卡发放。全年发放帮扶资金{{ hardship.relief_amount | 万元 }}，
帮扶困难职工家庭{{ hardship.relief_households }}、{{ hardship.relief_person_times }}。
其中发放助学就业帮扶资金{{ hardship.study_job_amount | 万元 }}，帮助{{ hardship.families_aided }}困难职工家庭解决
子女上学和就业问题，金秋助学惠及{{ hardship.study_aid_persons }}。走访慰问困难职工
{{ hardship.visits | 多 }}，把组织的温暖送到职工家中。

[[表 各区县和产业工会困难职工帮扶情况 | codes=hardship.registered_households, hardship.filed_households, hardship.exited_households, hardship.relief_households | by=child]]

[[图 各区县和产业工会在档困难职工户数 | code=hardship.registered_households | by=child]]
"""

HONOURS = """
## 坚持尊崇关爱，劳模工匠精神广泛弘扬

大力选树先进典型，全年推荐评选全国五一劳动奖{{ honours.national_may1 }}、
省五一劳动奖{{ honours.provincial_may1 }}，授予市县五一劳动奖{{ honours.city_may1 }}。
选树各级工匠{{ honours.craftsmen }}、带徒名师{{ honours.master_tutors }}、
学习型职工{{ honours.learning_workers }}，推选“最美娘家人”{{ honours.most_beautiful_family }}、
“最美送餐员”{{ honours.most_beautiful_riders }}。命名市级模范职工之家{{ honours.model_homes }}、
模范职工小家{{ honours.model_small_homes }}，累计评选市级劳动关系和谐企业
{{ honours.harmonious_enterprises }}。职工文化作品获上级表彰{{ honours.works_awarded }}。

把劳模放在心上，一年一确认、一人一档案，待遇全部打卡发放。全年为{{ honours.hardship_models }}困难劳模
发放补助金{{ honours.hardship_models_amount | 万元多 }}；走访慰问劳模{{ honours.models_visited }}，
送去慰问金和慰问品{{ honours.models_visit_amount | 万元多 }}；筹资{{ honours.model_checkup_fund | 万元 }}，
组织劳模健康体检{{ honours.model_checkup_persons }}、疗休养{{ honours.model_recuperation_persons }}。

[[表 各区县和产业工会荣誉与劳模服务情况 | codes=honours.awards_given, honours.may1, honours.craftsmen, honours.model_homes, honours.hardship_models | by=child]]

[[图 各区县和产业工会授予荣誉数 | code=honours.awards_given | by=child]]

[[名册 {{ 期间.年 }}集体荣誉榜 | code=honours.collective_awards]]
"""

FUNDS = """
## 坚持依法收缴，工会经费保障更加有力

健全税务代收、财政划拨、自行上缴并行的收缴机制，逐笔对账、按规则分成，每一笔都查得到来处和去处。
全年收缴工会经费{{ funds.collected | 万元 }}，其中税务代收{{ funds.tax_collected | 万元 }}，
完成省总下达任务的{{ funds.target_completion | 一位 }}，缴费单位{{ funds.paying_employers }}。
按比例留给基层工会{{ funds.share_grassroots | 万元 }}。

落实小微企业工会经费返还政策，全年返还工会经费{{ funds.micro_refund_amount | 万元 }}，
惠及小微企业{{ funds.micro_refund_units }}，能返尽返率达到{{ funds.micro_refund_rate | 整数 }}。
企业拨缴上级工会经费缓减{{ funds.upper_remit_cut | 整数 }}，为基层多留经费{{ funds.support_kept | 万元 }}。

全年返还基层工会经费{{ funds.returned_amount | 万元 }}。截至{{ 期间.截止日 }}，
累计应返经费{{ funds.due_to_date | 万元 }}，已返{{ funds.returned_to_date | 万元 }}，
返还率{{ funds.return_rate | 一位 }}，应返未返{{ funds.overdue_refund | 万元 }}，仍须限期清零。

多方筹集资金用到职工身上，争取省总专项补助资金{{ funds.special_subsidy_upper | 万元 }}，
市总配套补助{{ funds.special_subsidy_match | 万元 }}；筹集送温暖资金{{ hardship.visit_fund | 万元多 }}、
助学就业帮扶资金{{ hardship.aid_fund | 万元 }}、送清凉资金{{ welfare.cool_fund | 万元 }}。
为{{ organisation.chair_allowance_unions }}非公企业工会的主席发放津贴{{ funds.chair_allowance }}。

[[表 各区县和产业工会经费收缴和返还情况 | codes=funds.collected, funds.due_to_date, funds.returned_to_date, funds.overdue_refund, funds.return_rate | by=child | money=万元]]

[[图 各区县和产业工会应返未返经费 | code=funds.overdue_refund | by=child]]
"""

COMPETITIONS = """
## 坚持建功立业，劳动和技能竞赛蓬勃开展

围绕中心任务广泛开展主题劳动竞赛、职业技能竞赛和技术比武。全年举办竞赛{{ competitions.competitions }}，
涉及技能竞赛项目{{ competitions.projects | 多 }}，吸引{{ competitions.units | 多 }}单位参赛，
职工参与{{ competitions.persons | 万多 }}，其中按姓名报名参赛{{ competitions.named_persons }}；
举办各级竞赛{{ competitions.sessions }}，其中市级{{ competitions.municipal_sessions }}。

深化产业工人队伍建设改革，建成产业工人培训基地{{ competitions.training_bases }}，
开展技能培训和学历教育{{ competitions.training_sessions }}、{{ competitions.training_person_times | 万多 }}。
职工提出合理化建议和创新成果{{ competitions.innovations_proposed }}，采纳{{ competitions.innovations_adopted }}，
申报年创效{{ competitions.innovations_value | 万元 }}，培育优秀创新成果{{ competitions.innovation_results }}；
建成省、市级示范性劳模工匠创新工作室{{ competitions.studios }}。

[[表 各区县和产业工会参赛情况 | codes=competitions.units, competitions.persons, competitions.named_persons, competitions.innovations_adopted | by=child]]

[[名册 竞赛一览表 | code=competitions.competitions]]
"""

OUTLOOK = """
在看到成绩的同时，我们也清醒认识到，小微企业和新业态领域建会入会仍有空白，部分基层工会活力不足，
会员信息还不够鲜活，需要在今后的工作中下力气解决。

# {{ 期间.下一年 }}工作安排

{{ 期间.下一年 }}，全市工会要坚持以职工为中心的工作导向，重点抓好三项工作：一要巩固扩大入会成果，
把更多新就业形态劳动者吸引过来、稳固下来；二要提升基层建设质量，推动建起来、转起来、活起来；
三要做实会员服务，让职工遇到困难第一时间想到工会、找到工会。

各位委员、同志们，让我们锚定目标、真抓实干，团结动员广大职工为全市高质量发展贡献智慧和力量。
"""


@transaction.atomic
def install(organisation: Organisation, *, by: User | None = None) -> ReportDefinition:
    """The yearly work report of the federation at the root; an existing one stays as it is."""
    found = ReportDefinition.objects.filter(organisation=organisation, kind=ANNUAL).first()
    if found:
        return found
    definition = ReportDefinition(
        organisation=organisation,
        kind=ANNUAL,
        name="年度工作报告",
        title="团结动员广大职工建功新时代",
        subtitle="——在{{ 组织.名称 }}全委会上的工作报告",
        salutation="各位委员、同志们：",
    )
    chapters = [
        Chapter(name=name, text=text.strip())
        for name, text in (
            ("开篇", OPENING),
            ("会员发展", MEMBERSHIP),
            ("组织建设", BUILDING),
            ("困难帮扶", AID),
            ("荣誉与劳模服务", HONOURS),
            ("工会经费", FUNDS),
            ("建功立业", COMPETITIONS),
            ("不足与安排", OUTLOOK),
        )
    ]
    return services.define(definition, chapters, by=by)
