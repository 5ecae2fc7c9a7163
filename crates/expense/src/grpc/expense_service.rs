//! One function for each method of `dormpay.expense.v1.ExpenseService`.
//!
//! Nothing but decoding, one call, and encoding.

use fault::Fault;
use host::Call;
use proto::expense::v1::{
    AllocateToBillRequest, AllocateToBillResponse, CheckReceiptRequest, CheckReceiptResponse,
    CloseMemberRequest, CloseMemberResponse, CloseRoomRequest, CloseRoomResponse, ConfirmBillShareRequest,
    ConfirmBillShareResponse, ConfirmSplitRequest, ConfirmSplitResponse, CreateExpenseRequest,
    CreateExpenseResponse, CreateExpensesRequest, CreateExpensesResponse, DeleteExpenseRequest,
    DeleteExpenseResponse, DeleteSettlementRequest, DeleteSettlementResponse, ExplainBalanceRequest,
    ExplainBalanceResponse, GetBalancesRequest, GetBalancesResponse, GetBillSharesRequest,
    GetBillSharesResponse, GetExpenseRequest, GetExpenseResponse, GetRoomStatsRequest, GetRoomStatsResponse,
    GetSettlementPlanRequest, GetSettlementPlanResponse, GetSystemStatsRequest, GetSystemStatsResponse,
    GetUserStatsRequest, GetUserStatsResponse, ImportExpensesRequest, ImportExpensesResponse,
    ListDisputesRequest, ListDisputesResponse, ListExpensesRequest, ListExpensesResponse, ListHistoryRequest,
    ListHistoryResponse, ListSettlementsRequest, ListSettlementsResponse, NewExpense, OpenBillDisputeRequest,
    OpenBillDisputeResponse, OpenDisputeRequest, OpenDisputeResponse, PreviewImportRequest,
    PreviewImportResponse, PurgeExpiredRequest, PurgeExpiredResponse, RecordSettlementRequest,
    RecordSettlementResponse, ReleaseBillRequest, ReleaseBillResponse, ReopenMemberRequest,
    ReopenMemberResponse, ResolveDisputeRequest, ResolveDisputeResponse, SealBillRequest, SealBillResponse,
    UpdateExpenseRequest, UpdateExpenseResponse, expense_service_server::ExpenseService,
};
use tonic::{Request, Response, Status};

use super::{Door, method, user_id};
use crate::operations;

type Answer<R> = Result<Response<R>, Status>;

#[tonic::async_trait]
impl ExpenseService for Door {
    async fn create_expense(&self, request: Request<CreateExpenseRequest>) -> Answer<CreateExpenseResponse> {
        let call = Call::of(&request, method::CREATE_EXPENSE);
        let input = required(request.into_inner().expense)?;
        let run =
            |service, call, input| async move { operations::create_expense(&service, &call, &input).await };
        Ok(self.write(call, input, run).await?.into())
    }

    async fn create_expenses(
        &self,
        request: Request<CreateExpensesRequest>,
    ) -> Answer<CreateExpensesResponse> {
        let call = Call::of(&request, method::CREATE_EXPENSES);
        let input = request.into_inner().expenses;
        let run = |service, call, input: Vec<NewExpense>| async move {
            operations::create_expenses(&service, &call, &input).await
        };
        Ok(self.write(call, input, run).await?.into())
    }

    async fn list_expenses(&self, request: Request<ListExpensesRequest>) -> Answer<ListExpensesResponse> {
        let user_id = user_id(&request)?;
        Ok(Response::new(operations::list_expenses(&self.service, user_id, request.into_inner()).await?))
    }

    async fn get_expense(&self, request: Request<GetExpenseRequest>) -> Answer<GetExpenseResponse> {
        let user_id = user_id(&request)?;
        Ok(Response::new(
            operations::get_expense(&self.service, user_id, request.into_inner().expense_id).await?,
        ))
    }

    async fn update_expense(&self, request: Request<UpdateExpenseRequest>) -> Answer<UpdateExpenseResponse> {
        let call = Call::of(&request, method::UPDATE_EXPENSE);
        let input = request.into_inner();
        let run = |service, call, input: UpdateExpenseRequest| async move {
            operations::update_expense(&service, &call, &input).await
        };
        Ok(Response::new(self.write(call, input, run).await?))
    }

    async fn delete_expense(&self, request: Request<DeleteExpenseRequest>) -> Answer<DeleteExpenseResponse> {
        let call = Call::of(&request, method::DELETE_EXPENSE);
        let input = request.into_inner();
        let run = |service, call, input: DeleteExpenseRequest| async move {
            operations::delete_expense(&service, &call, input.expense_id).await
        };
        self.write(call, input, run).await?;
        Ok(Response::new(DeleteExpenseResponse {}))
    }

    async fn list_history(&self, request: Request<ListHistoryRequest>) -> Answer<ListHistoryResponse> {
        let user_id = user_id(&request)?;
        Ok(Response::new(
            operations::list_history(&self.service, user_id, request.into_inner().expense_id).await?,
        ))
    }

    async fn confirm_split(&self, request: Request<ConfirmSplitRequest>) -> Answer<ConfirmSplitResponse> {
        let call = Call::of(&request, method::CONFIRM_SPLIT);
        let input = request.into_inner();
        let run = |service, call, input: ConfirmSplitRequest| async move {
            operations::confirm_split(&service, &call, input.expense_id, input.split_id).await
        };
        Ok(self.write(call, input, run).await?.into())
    }

    async fn open_dispute(&self, request: Request<OpenDisputeRequest>) -> Answer<OpenDisputeResponse> {
        let call = Call::of(&request, method::OPEN_DISPUTE);
        let input = request.into_inner();
        let run =
            |service, call, input| async move { operations::open_dispute(&service, &call, &input).await };
        Ok(self.write(call, input, run).await?.into())
    }

    async fn resolve_dispute(
        &self,
        request: Request<ResolveDisputeRequest>,
    ) -> Answer<ResolveDisputeResponse> {
        let call = Call::of(&request, method::RESOLVE_DISPUTE);
        let input = request.into_inner();
        let run =
            |service, call, input| async move { operations::resolve_dispute(&service, &call, &input).await };
        Ok(self.write(call, input, run).await?.into())
    }

    async fn list_disputes(&self, request: Request<ListDisputesRequest>) -> Answer<ListDisputesResponse> {
        let user_id = user_id(&request)?;
        Ok(Response::new(operations::list_disputes(&self.service, user_id, request.into_inner()).await?))
    }

    async fn get_balances(&self, request: Request<GetBalancesRequest>) -> Answer<GetBalancesResponse> {
        let user_id = user_id(&request)?;
        Ok(Response::new(
            operations::get_balances(&self.service, user_id, request.into_inner().room_id).await?,
        ))
    }

    async fn get_settlement_plan(
        &self,
        request: Request<GetSettlementPlanRequest>,
    ) -> Answer<GetSettlementPlanResponse> {
        let user_id = user_id(&request)?;
        Ok(Response::new(
            operations::get_settlement_plan(&self.service, user_id, request.into_inner().room_id).await?,
        ))
    }

    async fn explain_balance(
        &self,
        request: Request<ExplainBalanceRequest>,
    ) -> Answer<ExplainBalanceResponse> {
        let user_id = user_id(&request)?;
        Ok(Response::new(operations::explain_balance(&self.service, user_id, request.into_inner()).await?))
    }

    async fn record_settlement(
        &self,
        request: Request<RecordSettlementRequest>,
    ) -> Answer<RecordSettlementResponse> {
        let call = Call::of(&request, method::RECORD_SETTLEMENT);
        let input = request.into_inner();
        let run = |service, call, input| async move {
            operations::record_settlement(&service, &call, &input).await
        };
        Ok(self.write(call, input, run).await?.into())
    }

    async fn delete_settlement(
        &self,
        request: Request<DeleteSettlementRequest>,
    ) -> Answer<DeleteSettlementResponse> {
        let call = Call::of(&request, method::DELETE_SETTLEMENT);
        let input = request.into_inner();
        let run = |service, call, input: DeleteSettlementRequest| async move {
            operations::delete_settlement(&service, &call, input.room_id, input.settlement_id).await
        };
        self.write(call, input, run).await?;
        Ok(Response::new(DeleteSettlementResponse {}))
    }

    async fn list_settlements(
        &self,
        request: Request<ListSettlementsRequest>,
    ) -> Answer<ListSettlementsResponse> {
        let user_id = user_id(&request)?;
        Ok(Response::new(operations::list_settlements(&self.service, user_id, request.into_inner()).await?))
    }

    async fn preview_import(&self, request: Request<PreviewImportRequest>) -> Answer<PreviewImportResponse> {
        let user_id = user_id(&request)?;
        Ok(Response::new(operations::preview_import(&self.service, user_id, request.into_inner()).await?))
    }

    async fn import_expenses(
        &self,
        request: Request<ImportExpensesRequest>,
    ) -> Answer<ImportExpensesResponse> {
        let call = Call::of(&request, method::IMPORT_EXPENSES);
        let input = request.into_inner();
        let run =
            |service, call, input| async move { operations::import_expenses(&service, &call, input).await };
        Ok(self.write(call, input, run).await?.into())
    }

    async fn get_user_stats(&self, request: Request<GetUserStatsRequest>) -> Answer<GetUserStatsResponse> {
        let user_id = user_id(&request)?;
        Ok(Response::new(operations::user_stats(&self.service, user_id, request.into_inner()).await?))
    }

    async fn get_room_stats(&self, request: Request<GetRoomStatsRequest>) -> Answer<GetRoomStatsResponse> {
        let user_id = user_id(&request)?;
        Ok(Response::new(operations::room_stats(&self.service, user_id, request.into_inner()).await?))
    }

    async fn check_receipt(&self, request: Request<CheckReceiptRequest>) -> Answer<CheckReceiptResponse> {
        let user_id = user_id(&request)?;
        operations::check_receipt(&self.service, user_id, request.into_inner().upload_id).await?;
        Ok(Response::new(CheckReceiptResponse {}))
    }

    async fn get_system_stats(
        &self,
        request: Request<GetSystemStatsRequest>,
    ) -> Answer<GetSystemStatsResponse> {
        let GetSystemStatsRequest {} = request.into_inner();
        Ok(Response::new(operations::system_stats(&self.service).await?))
    }

    async fn allocate_to_bill(
        &self,
        request: Request<AllocateToBillRequest>,
    ) -> Answer<AllocateToBillResponse> {
        let input = request.into_inner();
        let run = |service, _, input: AllocateToBillRequest| async move {
            operations::allocate_to_bill(&service, &input).await
        };
        Ok(Response::new(self.write(Call::default(), input, run).await?))
    }

    async fn release_bill(&self, request: Request<ReleaseBillRequest>) -> Answer<ReleaseBillResponse> {
        let input = request.into_inner();
        let run = |service, _, input: ReleaseBillRequest| async move {
            operations::release_bill(&service, input).await
        };
        self.write(Call::default(), input, run).await?;
        Ok(Response::new(ReleaseBillResponse {}))
    }

    async fn seal_bill(&self, request: Request<SealBillRequest>) -> Answer<SealBillResponse> {
        let call = Call::of(&request, method::SEAL_BILL);
        let input = request.into_inner();
        let run = |service, call, input: SealBillRequest| async move {
            operations::seal_bill(&service, &call, &input).await
        };
        self.write(call, input, run).await?;
        Ok(Response::new(SealBillResponse {}))
    }

    async fn confirm_bill_share(
        &self,
        request: Request<ConfirmBillShareRequest>,
    ) -> Answer<ConfirmBillShareResponse> {
        let call = Call::of(&request, method::CONFIRM_BILL_SHARE);
        let input = request.into_inner();
        let run = |service, call, input: ConfirmBillShareRequest| async move {
            operations::confirm_bill_share(&service, &call, input.bill_id, input.user_id).await
        };
        Ok(Response::new(self.write(call, input, run).await?))
    }

    async fn get_bill_shares(&self, request: Request<GetBillSharesRequest>) -> Answer<GetBillSharesResponse> {
        Ok(Response::new(operations::get_bill_shares(&self.service, &request.into_inner().bill_ids).await?))
    }

    async fn open_bill_dispute(
        &self,
        request: Request<OpenBillDisputeRequest>,
    ) -> Answer<OpenBillDisputeResponse> {
        let call = Call::of(&request, method::OPEN_BILL_DISPUTE);
        let input = request.into_inner();
        let run = |service, call, input: OpenBillDisputeRequest| async move {
            operations::open_bill_dispute(&service, &call, &input).await
        };
        Ok(Response::new(self.write(call, input, run).await?))
    }

    async fn close_member(&self, request: Request<CloseMemberRequest>) -> Answer<CloseMemberResponse> {
        let call = Call::of(&request, method::CLOSE_MEMBER);
        let input = request.into_inner();
        let run = |service, call, input: CloseMemberRequest| async move {
            operations::close_member(&service, &call, input.room_id, input.user_id).await
        };
        self.write(call, input, run).await?;
        Ok(Response::new(CloseMemberResponse {}))
    }

    async fn reopen_member(&self, request: Request<ReopenMemberRequest>) -> Answer<ReopenMemberResponse> {
        let input = request.into_inner();
        let run = |service, _, input: ReopenMemberRequest| async move {
            operations::reopen_member(&service, input.room_id, input.user_id).await
        };
        self.write(Call::default(), input, run).await?;
        Ok(Response::new(ReopenMemberResponse {}))
    }

    async fn close_room(&self, request: Request<CloseRoomRequest>) -> Answer<CloseRoomResponse> {
        let call = Call::of(&request, method::CLOSE_ROOM);
        let input = request.into_inner();
        let run = |service, call, input: CloseRoomRequest| async move {
            operations::close_room(&service, &call, input.room_id).await
        };
        self.write(call, input, run).await?;
        Ok(Response::new(CloseRoomResponse {}))
    }

    async fn purge_expired(&self, request: Request<PurgeExpiredRequest>) -> Answer<PurgeExpiredResponse> {
        let PurgeExpiredRequest {} = request.into_inner();
        let run = |service, _, ()| async move { operations::purge_expired(&service).await };
        Ok(Response::new(self.write(Call::default(), (), run).await?))
    }
}

/// Gives a part of a message that must be there.
fn required<T>(part: Option<T>) -> Result<T, Fault> {
    part.ok_or_else(|| Fault::validation("expense", "must be given"))
}
