---- MODULE Sequencing ----
\* Transactions take an id, then sequence values row by row under row locks, and commit late or never. A tick takes what its snapshot sees and the last
\* one did not, whole transactions by their largest sequence, reading only above a floor. Every Mode but "ok" must fail:
\* "min" orders by the smallest sequence, "cursor" takes seq > cursor, "floor" moves the floor without waiting for open transactions.
EXTENDS Naturals, Sequences, FiniteSets
CONSTANTS T, Keys, Mode
VARIABLES st, xid, rows, lock, nx, ns, nc, cat, log, done, floor, cand, ticks
vars == <<st,xid,rows,lock,nx,ns,nc,cat,log,done,floor,cand,ticks>>
None == [on |-> FALSE]
Init == /\ st=[t \in T |-> "new"] /\ xid=[t \in T |-> 0] /\ rows=[t \in T |-> [k \in Keys |-> 0]] /\ lock=[k \in Keys |-> 0]
        /\ nx=1 /\ ns=1 /\ nc=1 /\ cat=[t \in T |-> 0] /\ log = <<>> /\ done={} /\ floor=0 /\ cand=None /\ ticks=0
Begin(t) == /\ st[t]="new" /\ (\A u \in T : u<t => st[u]#"new") /\ st'=[st EXCEPT ![t]="open"] /\ xid'=[xid EXCEPT ![t]=nx] /\ nx'=nx+1 /\ UNCHANGED <<rows,lock,ns,nc,cat,log,done,floor,cand,ticks>>
Append_(t,k) == /\ st[t]="open" /\ rows[t][k]=0 /\ lock[k]=0 /\ lock'=[lock EXCEPT ![k]=t] /\ rows'=[rows EXCEPT ![t][k]=ns] /\ ns'=ns+1
                /\ UNCHANGED <<st,xid,nx,nc,cat,log,done,floor,cand,ticks>>
Free(t) == lock'=[k \in Keys |-> IF lock[k]=t THEN 0 ELSE lock[k]]
Commit(t) == /\ st[t]="open" /\ st'=[st EXCEPT ![t]="done"] /\ cat'=[cat EXCEPT ![t]=nc] /\ nc'=nc+1 /\ Free(t) /\ UNCHANGED <<xid,rows,nx,ns,log,done,floor,cand,ticks>>
Abort(t) == /\ st[t]="open" /\ st'=[st EXCEPT ![t]="gone"] /\ Free(t) /\ UNCHANGED <<xid,rows,nx,ns,nc,cat,log,done,floor,cand,ticks>>
Seqs(t) == {rows[t][k] : k \in Keys} \ {0}
Num(t) == IF Mode="min" THEN CHOOSE m \in Seqs(t) : \A x \in Seqs(t) : m<=x ELSE CHOOSE m \in Seqs(t) : \A x \in Seqs(t) : m>=x
RECURSIVE Sorted(_)
Sorted(S) == IF S={} THEN <<>> ELSE LET m == CHOOSE t \in S : \A u \in S : Num(t)<=Num(u) IN <<m>> \o Sorted(S \ {m})
InLog == {log[i] : i \in 1..Len(log)}
MaxSeq == LET all == UNION {Seqs(t) : t \in InLog} IN IF all={} THEN 0 ELSE CHOOSE m \in all : \A x \in all : m>=x
Committed == {t \in T : st[t]="done" /\ Seqs(t)#{}}
Visible == IF Mode="cursor" THEN {t \in Committed : \E s \in Seqs(t) : s>MaxSeq} ELSE {t \in Committed : t \notin done /\ \A s \in Seqs(t) : s>floor}
\* The oldest transaction still open when the tick looks, the tick's own id aside.
Minimum == LET open == {xid[t] : t \in {u \in T : st[u]="open"}} IN IF open={} THEN nx ELSE CHOOSE m \in open : \A x \in open : m<=x
Tick == /\ ticks<2 /\ ticks'=ticks+1 /\ log'=log \o Sorted(Visible \ InLog) /\ done'=done \cup {t \in T : st[t]="done"}
        \* the sequence's last value is read before the tick's id is taken
        /\ IF Mode="floor" THEN floor'=ns-1 /\ cand'=None
           ELSE IF cand.on THEN IF Minimum>cand.x THEN floor'=cand.l /\ cand'=[on |-> TRUE, l |-> ns-1, x |-> nx] ELSE UNCHANGED <<floor,cand>>
           ELSE cand'=[on |-> TRUE, l |-> ns-1, x |-> nx] /\ UNCHANGED floor
        /\ nx'=nx+1 /\ UNCHANGED <<st,xid,rows,lock,ns,nc,cat>>
Next == (\E t \in T : Begin(t) \/ Commit(t) \/ Abort(t) \/ \E k \in Keys : Append_(t,k)) \/ Tick
Spec == Init /\ [][Next]_vars
\* One entity's changes stand in commit order.
EntityOrder == \A i,j \in 1..Len(log) : i<j => \A k \in Keys : (rows[log[i]][k]>0 /\ rows[log[j]][k]>0) => cat[log[i]]<cat[log[j]]
Once == \A i,j \in 1..Len(log) : i#j => log[i]#log[j]
\* What committed is in the log or will be found by the next tick; what is open stays above the floor.
NothingLost == /\ \A t \in Committed : t \in InLog \/ t \in Visible
               /\ \A t \in T : st[t]="open" => \A s \in Seqs(t) : s>floor
====
