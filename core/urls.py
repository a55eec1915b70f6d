"""Addresses of the portal that belong to no trade."""

from django.urls import path

from core import views
from core.views import account, publicity, sheet_mapping, sheet_mending, sheet_undo, sheets

urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("notices/", views.NoticeList.as_view(), name="notices"),
    path("notices/<int:pk>/", views.OpenNotice.as_view(), name="notice"),
    path("jobs/", views.JobList.as_view(), name="jobs"),
    path("jobs/<int:pk>/", views.JobPage.as_view(), name="job"),
    path("jobs/<int:pk>/progress/", views.JobProgress.as_view(), name="job_progress"),
    path("jobs/<int:pk>/retry/", views.RetryJob.as_view(), name="job_retry"),
    path("files/<uuid:token>/", views.Download.as_view(), name="file"),
    path("sheets/", sheets.SheetList.as_view(), name="sheets"),
    path("sheets/imports/<int:pk>/", sheets.ImportPage.as_view(), name="sheet_import"),
    path("sheets/imports/<int:pk>/undo/", sheet_undo.UndoImport.as_view(), name="sheet_undo"),
    path(
        "sheets/imports/<int:pk>/rows/<int:number>/",
        sheet_mending.MendRow.as_view(),
        name="sheet_mend",
    ),
    path(
        "sheets/imports/<int:pk>/confirm/",
        sheet_mending.ConfirmMends.as_view(),
        name="sheet_confirm",
    ),
    path(
        "sheets/imports/<int:pk>/mapping/",
        sheet_mapping.MapColumns.as_view(),
        name="sheet_mapping",
    ),
    path("sheets/mappings/", sheet_mapping.MappingList.as_view(), name="sheet_mappings"),
    path(
        "sheets/mappings/<int:pk>/delete/",
        sheet_mapping.ForgetMapping.as_view(),
        name="sheet_mapping_delete",
    ),
    path("sheets/<slug:name>/template/", sheets.Template.as_view(), name="sheet_template"),
    path("sheets/<slug:name>/import/", sheets.Upload.as_view(), name="sheet_upload"),
    path("sheets/<slug:name>/export/", sheets.Export.as_view(), name="sheet_export"),
    path("publicity/", publicity.PublicityList.as_view(), name="publicities"),
    path("publicity/receipt/", publicity.Receipt.as_view(), name="publicity_receipt"),
    path("publicity/<int:pk>/", publicity.PublicityPage.as_view(), name="publicity"),
    path("publicity/<int:pk>/objection/", publicity.Object.as_view(), name="publicity_objection"),
    path("account/", account.Account.as_view(), name="account"),
    path("account/roles/<int:pk>/delegate/", account.Delegate.as_view(), name="delegate"),
    path(
        "account/delegations/<int:pk>/end/",
        account.EndDelegation.as_view(),
        name="delegation_end",
    ),
    path("account/kin/", account.DeclareKin.as_view(), name="kin_declare"),
    path("account/kin/<int:pk>/end/", account.EndKin.as_view(), name="kin_end"),
    path("password/", account.Password.as_view(), name="password_change"),
]
