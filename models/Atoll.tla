---- MODULE Atoll ----
\* One key, one region, a main lane and a bulk lane. Sequencing of committed pointers, read at delivery, scope changes with `leaving` interests that are
\* finalized, lost batches (crash of either process), restore of the source with epochs, restore of the region, starting a receiver over with a chunk
\* of a snapshot that is read and applied beside the stream.
\* Question: when everything is quiet, does the region hold exactly what it is entitled to?
\* Grown from the reference model Apply; every Mode but "ok" leaves one rule out and must fail.
EXTENDS Naturals, FiniteSets
CONSTANTS MaxC, MaxBulk, MaxRestore, MaxRegion, Mode
VARIABLES alive, scope, val,          \* the source row, the interest ("out", "in", "leaving") and the row's content
          exitAt, final,              \* position of the last exit; exits up to here are finalized for the region
          n, pend, head, ep, fork,    \* commits so far, pointers without a position, log head, epoch, where each epoch began
          backup, rest, rback, rrest, \* a backup of the source, restores so far; the same of the region
          batch, bulk, nb,            \* answers under way
          cur, seen, re,              \* the region's cursor <<epoch, position>>, lowest fork its rows survive, resynchronization
          has, rval, guard, tomb      \* the replica's row, its version <<epoch, head>>, the tombstone
source == <<alive,scope,val,exitAt,final,n,pend,head,ep,fork>>
region == <<cur,seen,re,has,rval,guard,tomb>>
vars == <<alive,scope,val,exitAt,final,n,pend,head,ep,fork,backup,rest,rback,rrest,batch,bulk,nb,cur,seen,re,has,rval,guard,tomb>>
None == [on |-> FALSE]
Zero == <<0,0>>
Less(a,b) == a[1]<b[1] \/ (a[1]=b[1] /\ a[2]<b[2])
Max(a,b) == IF a>b THEN a ELSE b
Src == [alive |-> alive, scope |-> scope, val |-> val, exitAt |-> exitAt, final |-> final, pend |-> pend, head |-> head, ep |-> ep]
Reg == [cur |-> cur, seen |-> seen, re |-> re, has |-> has, rval |-> rval, guard |-> guard, tomb |-> tomb]
Init == /\ alive=FALSE /\ scope="out" /\ val=0 /\ exitAt=0 /\ final=0 /\ n=0 /\ pend=0 /\ head=0 /\ ep=1 /\ fork=[e \in 1..(MaxRestore+1) |-> 0]
        /\ backup=None /\ rest=0 /\ rback=None /\ rrest=0 /\ batch=None /\ bulk={} /\ nb=0
        /\ cur= <<1,0>> /\ seen=0 /\ re=None /\ has=FALSE /\ rval=0 /\ guard=Zero /\ tomb=Zero
\* ---- the source: each change commits with its pointer
Change == n<MaxC /\ n'=n+1 /\ pend'=pend+1 /\ UNCHANGED <<head,ep,fork,final,backup,rest,rback,rrest,batch,bulk,nb,cur,seen,re,has,rval,guard,tomb>>
Create == Change /\ ~alive /\ alive'=TRUE /\ val'=n' /\ UNCHANGED <<scope,exitAt>>
Update == Change /\ alive /\ val'=n' /\ UNCHANGED <<alive,scope,exitAt>>
Delete == Change /\ alive /\ alive'=FALSE /\ UNCHANGED <<scope,val,exitAt>>
Enter  == Change /\ scope#"in" /\ scope'="in" /\ UNCHANGED <<alive,val,exitAt>>
Leave  == Change /\ scope="in" /\ scope'="leaving" /\ exitAt'=head+pend+1 /\ UNCHANGED <<alive,val>>
Tick == /\ pend>0 /\ \E k \in 1..pend : head'=head+k /\ pend'=pend-k
        /\ UNCHANGED <<alive,scope,val,exitAt,final,n,ep,fork,backup,rest,rback,rrest,batch,bulk,nb,cur,seen,re,has,rval,guard,tomb>>
\* ---- what the sender makes of the cursor
Fork(e) == fork[e+1]      \* epochs follow one another: the lowest fork after e is the next one's or a later, lower one
Lowest(e) == CHOOSE f \in {fork[x] : x \in (e+1)..ep} : \A x \in (e+1)..ep : f <= fork[x]
Continues == /\ IF cur[1]=ep THEN cur[2]<=head
                ELSE cur[1]<ep /\ (IF Mode="fork" THEN cur[2] ELSE Max(cur[2],seen)) <= Lowest(cur[1])
             /\ cur[2] >= (IF Mode="nofinal" THEN 0 ELSE final)
             /\ ~(re.on /\ re.ep # ep)
\* A receiver started over: its cursor at the head, and a chunk to ask for beside the stream.
StartOver == /\ ~batch.on /\ ~Continues /\ cur'= <<ep,head>> /\ seen'=head
             /\ re'=[on |-> TRUE, ep |-> ep, bound |-> <<ep,head>>]
             /\ bulk'=(IF Mode="oldchunk" THEN bulk ELSE {}) \* outstanding requests are forgotten, their answers refused
             /\ UNCHANGED <<alive,scope,val,exitAt,final,n,pend,head,ep,fork,backup,rest,rback,rrest,batch,nb,has,rval,guard,tomb>>
\* ---- read at delivery: the current entitled state, labelled with the head seen. Once the interest is gone nobody knows whom it was about.
Ver == IF Mode="epochless" THEN <<0,head>> ELSE <<ep,head>>
Reach == IF Mode="reach" \/ pend=0 THEN head ELSE head+1
Img(to) == [on |-> TRUE, says |-> scope#"out", up |-> alive /\ scope="in", v |-> val, ver |-> Ver, ep |-> ep, to |-> to, reach |-> Reach, claimed |-> seen]
Poll == /\ ~batch.on /\ Continues /\ cur[2]<head /\ \E to \in (cur[2]+1)..head : batch'=Img(to)
        /\ UNCHANGED <<alive,scope,val,exitAt,final,n,pend,head,ep,fork,backup,rest,rback,rrest,bulk,nb,cur,seen,re,has,rval,guard,tomb>>
\* "nothing new" takes the cursor into the new epoch
Quieten == /\ ~batch.on /\ Continues /\ cur[2]=head /\ cur[1]<ep /\ cur'= <<ep,head>>
           /\ UNCHANGED <<alive,scope,val,exitAt,final,n,pend,head,ep,fork,backup,rest,rback,rrest,batch,bulk,nb,seen,re,has,rval,guard,tomb>>
Lose == /\ batch.on /\ batch'=None /\ UNCHANGED <<source,backup,rest,rback,rrest,bulk,nb,region>>
ReadB == /\ nb<MaxBulk /\ alive /\ scope="in" /\ nb'=nb+1 /\ bulk'=bulk \cup {[v |-> val, ver |-> Ver, reach |-> head+1, at |-> cur, ep |-> ep, chunk |-> FALSE, up |-> TRUE]}
         /\ UNCHANGED <<source,backup,rest,rback,rrest,batch,region>>
\* A chunk says what is there and what is not. Asked for again when it was lost; one at a time.
ReadC == /\ re.on /\ (\A x \in bulk : ~x.chunk)
         /\ bulk'=bulk \cup {[v |-> val, ver |-> Ver, reach |-> Reach, at |-> cur, ep |-> ep, chunk |-> TRUE, up |-> alive /\ scope="in"]}
         /\ UNCHANGED <<source,backup,rest,rback,rrest,batch,nb,region>>
LoseC == \E x \in bulk : x.chunk /\ bulk'=bulk\{x} /\ UNCHANGED <<source,backup,rest,rback,rrest,batch,nb,region>>
\* ---- the region
Newer(ver) == Mode="noguard" \/ ~Less(ver, IF has THEN guard ELSE tomb)
Put(v,ver) == has'=TRUE /\ rval'=v /\ guard'=ver /\ UNCHANGED tomb
Drop(ver) == has'=FALSE /\ tomb'=(IF Mode="notomb" THEN Zero ELSE IF Less(tomb,ver) THEN ver ELSE tomb) /\ UNCHANGED <<rval,guard>>
\* a batch that takes the cursor into another epoch was judged by what the receiver claimed to have seen
Apply == /\ batch.on /\ (batch.ep=cur[1] \/ batch.claimed=seen) /\ batch'=None /\ cur'= <<batch.ep,batch.to>> /\ seen'=Max(seen,batch.reach) /\ UNCHANGED re
         /\ LET put == batch.says /\ batch.up /\ Newer(batch.ver)
                drop == batch.says /\ ~batch.up /\ Newer(batch.ver)
            IN IF put THEN Put(batch.v,batch.ver) ELSE IF drop THEN Drop(batch.ver) ELSE UNCHANGED <<has,rval,guard,tomb>>
         /\ UNCHANGED <<source,backup,rest,rback,rrest,bulk,nb>>
ApplyB == \E x \in bulk : /\ ~x.chunk /\ bulk'=bulk\{x} /\ (IF (x.ep=cur[1] \/ Mode="oldbulk") /\ Newer(x.ver) THEN Put(x.v,x.ver) ELSE UNCHANGED <<has,rval,guard,tomb>>)
                          /\ seen'=(IF x.ep=cur[1] THEN Max(seen,x.reach) ELSE seen) /\ UNCHANGED <<source,backup,rest,rback,rrest,batch,nb,cur,re>>
\* A chunk of this snapshot: its row by version, or the row that it does not have swept unless that is newer. Read like a batch, it counts as seen.
ApplyC == \E x \in bulk :
  /\ x.chunk /\ bulk'=bulk\{x}
  /\ (IF re.on /\ (Mode="oldchunk" \/ (x.ep=cur[1] /\ x.ep=re.ep /\ ~Less(x.ver,re.bound)))
      THEN /\ re'=None /\ seen'=(IF Mode="unseenchunk" THEN seen ELSE Max(seen,x.reach))
           /\ (IF x.up THEN (IF Newer(x.ver) THEN Put(x.v,x.ver) ELSE UNCHANGED <<has,rval,guard,tomb>>)
               ELSE IF has /\ Mode#"nosweep" /\ (Mode="sweepnewer" \/ Less(guard,x.ver)) THEN Drop(x.ver)
               ELSE UNCHANGED <<has,rval,guard,tomb>>)
      ELSE UNCHANGED <<seen,re,has,rval,guard,tomb>>)
  /\ UNCHANGED <<source,backup,rest,rback,rrest,batch,nb,cur>>
Forget == /\ ~has /\ tomb#Zero /\ ~Less(cur,tomb) /\ (Mode="gc" \/ \A x \in bulk : (x.chunk /\ Mode="latechunk") \/ ~Less(x.at,tomb)) /\ tomb'=Zero
          /\ UNCHANGED <<source,backup,rest,rback,rrest,batch,bulk,nb,cur,seen,re,has,rval,guard>>
\* The receiver's cursor acknowledges: the exit was applied, its interest can go.
Finalize == /\ scope="leaving" /\ exitAt<=head /\ (Mode="early" \/ (cur[1]=ep /\ cur[2]>=exitAt)) /\ scope'="out" /\ final'=(IF Mode="early" THEN final ELSE exitAt)
            /\ UNCHANGED <<alive,val,exitAt,n,pend,head,ep,fork,backup,rest,rback,rrest,batch,bulk,nb,region>>
\* ---- backups and restores
Save == /\ rest<MaxRestore /\ ~backup.on /\ backup'=[on |-> TRUE, s |-> Src] /\ UNCHANGED <<source,rest,rback,rrest,batch,bulk,nb,region>>
Restore == /\ backup.on /\ rest'=rest+1 /\ backup'=None /\ batch'=None
           /\ LET s == backup.s IN alive'=s.alive /\ scope'=s.scope /\ val'=s.val /\ exitAt'=s.exitAt /\ final'=s.final /\ pend'=s.pend
                                   /\ head'=s.head /\ ep'=ep+1 /\ fork'=[fork EXCEPT ![ep+1]=s.head]
           /\ UNCHANGED <<n,rback,rrest,bulk,nb,region>>
SaveR == /\ rrest<MaxRegion /\ ~rback.on /\ rback'=[on |-> TRUE, s |-> Reg] /\ UNCHANGED <<source,backup,rest,rrest,batch,bulk,nb,region>>
RestoreR == /\ rback.on /\ rrest'=rrest+1 /\ rback'=None /\ batch'=None /\ bulk'={}
            /\ LET s == rback.s IN cur'=s.cur /\ seen'=s.seen /\ re'=s.re /\ has'=s.has /\ rval'=s.rval /\ guard'=s.guard /\ tomb'=s.tomb
            /\ UNCHANGED <<source,backup,rest,nb>>
Next == Create \/ Update \/ Delete \/ Enter \/ Leave \/ Tick \/ StartOver \/ Poll \/ Quieten \/ Lose \/ ReadB \/ ReadC \/ LoseC \/ Apply \/ ApplyB \/ ApplyC \/ Forget
        \/ Finalize \/ Save \/ Restore \/ SaveR \/ RestoreR
Spec == Init /\ [][Next]_vars
Quiet == pend=0 /\ cur= <<ep,head>> /\ ~batch.on /\ bulk={} /\ ~re.on /\ Continues
NothingExtra == Quiet /\ ~(alive /\ scope="in") => ~has
NothingMissing == Quiet /\ alive /\ scope="in" => has /\ rval=val
\* A cursor only moves forward within an epoch, unless the region itself is restored.
Forward == [][rrest'=rrest => (cur'[1]>cur[1] \/ (cur'[1]=cur[1] /\ cur'[2]>=cur[2]))]_vars
====
